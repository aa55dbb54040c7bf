"""The section of a dataset's page about its tracks: what was left out, what is there twice, what a split separates."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from benchmarks.audit.fingerprint import SECONDS
from benchmarks.audit.matching import MAX_OFFSET, THRESHOLD
from benchmarks.audit.record import Audit, Group
from benchmarks.audit.straddling import Parts, artists_of, excluded_of, sides, straddling_artists, straddling_groups
from benchmarks.datasets.manifest import Manifest
from benchmarks.reporting.notation import NONE, escape, listing, marked
from benchmarks.reporting.tables import markdown

_SHOWN = 20  # longer lists are cut; audit.json and manifest.json hold the whole


def audit_section(manifest: Manifest, audit: Audit, parts_by_protocol: Mapping[str, Parts]) -> list[str]:
    """Return the section as markdown blocks, to be joined by empty lines.

    Parameters
    ----------
    manifest : Manifest
        The tracks of the dataset.
    audit : Audit
        What `benchmarks.audit` found among them.
    parts_by_protocol : mapping of str to mapping of str to collection of str
        For each protocol the parts of its split by name (``train`` and ``test`` for instance), with track ids.

    Raises
    ------
    GenrebenchError
        If the audit is one of other tracks.
    """
    audit.require(manifest)
    kind = manifest.kind
    return [
        f"## {marked(kind, 'data audit')}",
        f"**{marked(kind, 'tracks used and left out')}**",
        *_tracks(manifest),
        f"**{marked(kind, 'duplicates')}**",
        *_duplicates(manifest, audit),
        f"**{marked(kind, 'on two sides of a split')}**",
        *_straddling(manifest, audit, parts_by_protocol),
    ]


def _tracks(manifest: Manifest) -> list[str]:
    left_out = manifest.left_out
    counts = f"{_count(len(manifest.tracks), 'track')} listed, {len(manifest.used)} used, {len(left_out)} left out."
    if not left_out:
        return [counts]
    if len(left_out) <= _SHOWN:
        return [
            counts,
            markdown([{"Track": escape(it.id), "Left out because": escape(it.reason)} for it in left_out], 2),
        ]
    reasons = Counter(track.reason for track in left_out).most_common()
    rows = [{"Left out because": escape(reason), "Tracks": str(count)} for reason, count in reasons[:_SHOWN]]
    if others := sum(count for _, count in reasons[_SHOWN:]):
        rows.append({"Left out because": "other reasons", "Tracks": str(others)})
    return [counts, markdown(rows)]


def _duplicates(manifest: Manifest, audit: Audit) -> list[str]:
    kinds = Counter(group.kind for group in audit.groups)
    found = listing([f"{_count(kinds[kind], 'group')} of {kind} duplicates" for kind in ("exact", "near")])
    parts = [
        (
            "Exact duplicates have equal decoded samples. Near-duplicates sound the same: "
            f"at least {100 * THRESHOLD:.0f}% of the bits of their spectral fingerprints (Haitsma and Kalker 2002) are "
            f"equal. This finds copies at another gain, shifted by up to {MAX_OFFSET:g} s or coded anew. "
            f"It looks at the first {SECONDS:g} s of a track. It does not find other tempi, other pitches or covers."
        ),
        f"Found: {found}, {sum(len(group.tracks) for group in audit.groups)} tracks in all.",
    ]
    if audit.groups:
        parts.append(markdown([_group_row(group) for group in audit.groups[:_SHOWN]], left=2))
        if (more := len(audit.groups) - _SHOWN) > 0:
            parts.append(f"{_count(more, 'more group')} in `data/{manifest.dataset}/audit.json`.")
        parts.append("Offset: where in the first track the other one begins, negative where it begins earlier.")
        parts += _known_copies(manifest, audit)
    if audit.closest:
        pair = listing([escape(audit.closest.first), escape(audit.closest.second)])
        parts.append(
            f"The most alike tracks that do not count as duplicates, {pair}, share {100 * audit.closest.score:.0f}% of "
            "their bits. 50% is chance."
        )
    if audit.not_compared:
        parts.append(
            f"Too silent or too short for a fingerprint: {_cut([escape(track) for track in audit.not_compared])}."
        )
    return parts


def _known_copies(manifest: Manifest, audit: Audit) -> list[str]:
    """Say of how many groups the fault-filtered partition keeps one track at most; nothing for other audio."""
    excluded = excluded_of(manifest)
    if excluded is None:
        return []
    known = sum(len(excluded.intersection(group.tracks)) >= len(group.tracks) - 1 for group in audit.groups)
    return [
        (
            "Known before: B. L. Sturm, who listened to GTZAN, counts 50 exact replicas in its ten genres (2012). The "
            f"fault-filtered partition, made after his catalogue, keeps at most one track of {known} of the "
            f"{_count(len(audit.groups), 'group')} here."
        )
    ]


def _group_row(group: Group) -> dict[str, str]:
    offsets = list(dict.fromkeys(f"{pair.offset:.1f}" for pair in group.pairs))
    return {
        "Tracks": _cut([escape(track) for track in group.tracks]),
        "Kind": group.kind,
        "Equal bits, lowest (%)": NONE if group.kind == "exact" else f"{100 * group.score:.0f}",
        "Offset (s)": NONE if group.kind == "exact" else _cut(offsets),
    }


def _straddling(manifest: Manifest, audit: Audit, parts_by_protocol: Mapping[str, Parts]) -> list[str]:
    artists = artists_of(manifest)
    rows, lists = [], []
    for protocol, parts in parts_by_protocol.items():
        groups = straddling_groups(audit.groups, parts)
        works = None if artists is None else straddling_artists(artists, parts)
        rows.append(_straddling_row(protocol, groups, works, parts))
        if groups:
            named = _cut([_by_side(group, parts) for group in groups], "; ")
            lists.append(f"Duplicates on two sides, protocol `{protocol}`: {named}.")
        if works:
            named = _cut([escape(artist) for artist in works], "; ")
            lists.append(f"Artists on two sides, protocol `{protocol}`: {named}.")
    known = (
        "The artists of this dataset are not known, so artists on two sides of a split cannot be counted."
        if artists is None
        else f"The artist is known for {len(artists)} of {len(manifest.used)} tracks ({_artists_source(manifest)})."
    )
    return [*([markdown(rows)] if rows else []), known, *lists]


def _artists_source(manifest: Manifest) -> str:
    return "B. L. Sturm's index of GTZAN" if manifest.artists is None else "`artists.csv` beside the audio"


def _straddling_row(
    protocol: str, groups: list[Group], works: Mapping[str, list[str]] | None, parts: Parts
) -> dict[str, str]:
    copies = _by_part((track for group in groups for track in group.tracks), parts)
    row = {"Protocol": escape(protocol), "Groups of copies": str(len(groups)), "Their tracks": copies}
    unknown = "not known"
    row["Artists"] = unknown if works is None else str(len(works))
    row["Tracks of these artists"] = unknown if works is None else _by_part(chain(*works.values()), parts)
    return row


def _by_part(tracks: Iterable[str], parts: Parts) -> str:
    """Count the tracks of each part: ``12 train, 3 test``."""
    return ", ".join(f"{len(held)} {escape(part)}" for part, held in sides(tracks, parts).items()) or "0"


def _by_side(group: Group, parts: Parts) -> str:
    return ", ".join(
        f"{escape(track)} ({escape(part)})" for part, held in sides(group.tracks, parts).items() for track in held
    )


def _cut(items: Sequence[str], mark: str = ", ") -> str:
    """Join the first items and count the others."""
    more = len(items) - _SHOWN
    return mark.join([*items[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
