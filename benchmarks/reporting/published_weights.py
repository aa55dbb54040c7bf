"""What the study's own weights answered: the table of one dataset, and the section for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.published import claim
from benchmarks.published.evaluation import AS_PUBLISHED, AS_SAVED, FILE, MAPPED, TRANSPOSED
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import framework_name, kind_words, listing, marked, number

# tracks that the study may have trained on
_STUDY_KINDS = ("gtzan", "gtzan-mini")


def published_weights_table(record: dict[str, Any]) -> str:
    """Show a record as a caption, which labels generated audio SYNTHETIC, and a table, a row a model and variant.

    Parameters
    ----------
    record : dict
        What `benchmarks.published.evaluation.evaluate` returns.
    """
    rows = [
        {
            "Model": row["model"],
            "Framework": framework_name(row["framework"]),
            "Features": row["features"],
            "Labels": row["labels"],
            "Tracks": str(row["n"]),
            "Loss": number(row["loss"], 2),
            "Accuracy (%)": _percent(row["accuracy"]),
            "95% interval (%)": f"{_percent(row['accuracy_low'])} to {_percent(row['accuracy_high'])}",
        }
        for row in record["rows"]
    ]
    caption = marked(record["kind"], f"the study's weights on {record['dataset']}, {record['tracks']} tracks")
    return f"**{caption}**\n\n{markdown(rows, left=4)}"


def differences_words(record: dict[str, Any]) -> str:
    """Say how far the probabilities of the frameworks lie apart, and where that is too far."""
    found = []
    for it in record["differences"]:
        apart = f"{it['largest']:.1e}" if it["largest"] < it["limit"] else f"**{it['largest']:.1e}, too far**"
        found.append(f"{it['model']}, features {it['features']}: {apart}")
    limits = listing(list(dict.fromkeys(f"{it['limit']:.0e}" for it in record["differences"])))
    return f"Largest difference of a probability between frameworks, below {limits}: {'; '.join(found)}."


def split_words(record: dict[str, Any]) -> str:
    """Say whether the published split gives the genres of the study's test labels."""
    found = record["test_labels"]
    counts = ", ".join(f"{genre} {count}" for genre, count in found["counts"].items())
    words = (
        f"The study's {found['tracks']} test labels are {counts}. This project's published split of the 1000 tracks of "
        "GTZAN gives"
    )
    if found["agrees"]:
        return f"{words} the same labels in the same order."
    other = ", ".join(f"{genre} {count}" for genre, count in found["split"].items())
    return f"**The split differs from the study's.** {words} {other}; {found['equal']} labels are equal in their place."


def published_weights_section(
    records: Sequence[dict[str, Any]], features_now: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Write the section on the study's own weights.

    Parameters
    ----------
    records : sequence of dict
        The content of every ``published-weights.json``, in the order to show them.
    features_now : mapping of str to mapping
        For every dataset with a report the short digests of its feature sets.

    Returns
    -------
    list of str
        Paragraphs and tables in markdown; none where there is no record.
    """
    if not records:
        return []
    parts = [
        "## The study's own weights",
        (
            f"The authors of [the study]({claim.REPOSITORY}) published their trained models. Here their weights are "
            "read without Keras, loaded into every framework, and asked for the genres of the tracks. Nothing is "
            "trained. The file of the 1D CNN - LSTM is of a later run than the claim: its dense layer has 50 units "
            "instead of 64."
        ),
        (
            f"Features: *{AS_PUBLISHED}* is what the study fed; *{TRANSPOSED}* is the MFCC in their true order in "
            f"time. Labels: *{AS_SAVED}* takes the columns for the genres in alphabetical order; *{MAPPED}* takes for "
            "each genre the column that the model learned for it. The interval is Wilson's."
        ),
    ]
    for record in records:
        parts += [
            *_older(record, features_now.get(record["dataset"], {})),
            *(published_weights_table(record), differences_words(record), *_reading(record), _made(record)),
        ]
    return [*parts, *dict.fromkeys(split_words(record) for record in records)]


def _older(record: dict[str, Any], features_now: Mapping[str, str]) -> list[str]:
    """Say so where the features that the weights saw are no longer those of the dataset's report."""
    saw = record["inputs"]["features_sha256"]
    if all(digest.startswith(features_now.get(name, "")) for name, digest in saw.items()):
        return []
    name = record["dataset"]
    return [
        (
            f"**Of older features.** The weights were asked about other features of {name} than those of its report "
            f"now; again: `python -m benchmarks published --dataset {name}`."
        )
    ]


def _made(record: dict[str, Any]) -> str:
    """Say with what a record was made, and where all of it stands."""
    path = f"{record['dataset']}/{FILE}"
    versions = record["versions"]
    libraries = [f"{name} {versions[name]}" for name in ("torch", "tensorflow", "keras", "h5py") if name in versions]
    return f"Made with {listing(libraries)}. All numbers, and the checksums of weights and features: [{path}]({path})."


def _reading(record: dict[str, Any]) -> list[str]:
    """Say what a table means: the study's two mistakes where it shows them, and what it does not show."""
    if record["kind"] == "synthetic":
        return ["This is generated audio: these accuracies say nothing about the study. The differences do count."]
    if record["kind"] not in _STUDY_KINDS:
        return [f"This is {kind_words(record['kind'])}, which the study did not use."]
    parts = []
    if _better(record, "cnn2d", {"labels": MAPPED}, {"labels": AS_SAVED}):
        parts.append(
            f"The labels of the 2D CNN are permuted: {_accuracies(record, 'cnn2d', 'labels', MAPPED)} of its answers "
            f"are right when mapped, {_accuracies(record, 'cnn2d', 'labels', AS_SAVED)} as saved. The mapping is what "
            "follows when pictures in alphabetical order get the labels of the study's other list, whose order its "
            "test labels show. It is not fitted to these tracks."
        )
    if _better(record, "cnn_lstm", {"features": AS_PUBLISHED}, {"features": TRANSPOSED}):
        parts.append(
            "The 1D CNN - LSTM learned from scrambled MFCC: it is right for "
            f"{_accuracies(record, 'cnn_lstm', 'features', AS_PUBLISHED)} of the tracks with the MFCC reshaped as "
            f"published, {_accuracies(record, 'cnn_lstm', 'features', TRANSPOSED)} in their true order in time."
        )
    whole = claim.TRAIN_TRACKS + claim.TEST_TRACKS
    parts.append(
        f"These accuracies say nothing about music that the models have not heard. The study trained on "
        f"{claim.TRAIN_TRACKS} of the {whole} tracks of GTZAN, so most of the tracks here were in its training set. "
        "Which ones is not known."
    )
    return parts


def _rows(record: dict[str, Any], architecture: str, **variant: str) -> list[dict[str, Any]]:
    wanted = {"architecture": architecture, **variant}
    return [row for row in record["rows"] if wanted.items() <= row.items()]


def _better(record: dict[str, Any], architecture: str, one: dict[str, str], other: dict[str, str]) -> bool:
    """Tell whether a variant is better than another in every framework, with intervals that do not overlap."""
    low = [row["accuracy_low"] for row in _rows(record, architecture, **one)]
    high = [row["accuracy_high"] for row in _rows(record, architecture, **other)]
    return bool(min(low) > max(high))


def _accuracies(record: dict[str, Any], architecture: str, key: str, variant: str) -> str:
    """Write the accuracy of a variant, once where the frameworks agree."""
    found = [f"{_percent(row['accuracy'])}%" for row in _rows(record, architecture, **{key: variant})]
    return listing(list(dict.fromkeys(found)))


def _percent(fraction: float) -> str:
    return number(100 * fraction, 1)
