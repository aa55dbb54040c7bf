import re

import pytest

from benchmarks.audit.record import Audit, Group, Pair, tracks_digest
from benchmarks.errors import GenrebenchError
from benchmarks.reporting.audit_section import audit_section
from benchmarks.reporting.notation import NONE
from tests.builders import fake_manifest


def group(*tracks, kind="near", score=0.873, offset=2.0):
    pairs = tuple(Pair(first=tracks[0], second=track, score=score, offset=offset) for track in tracks[1:])
    return Group(kind=kind, tracks=tracks, pairs=pairs)


def audit_of(manifest, *groups, not_compared=()):
    closest = Pair(first="blues.00000", second="country.00001", score=0.561, offset=0.3)
    return Audit(
        dataset=manifest.dataset,
        tracks_sha256=tracks_digest(manifest),
        groups=groups,
        closest=closest,
        not_compared=not_compared,
    )


def halves(manifest):
    ids = [track.id for track in manifest.used]
    return {"published": {"train": ids[::2], "test": ids[1::2]}}


def section(manifest, *groups, parts=None, **how):
    blocks = audit_section(manifest, audit_of(manifest, *groups, **how), parts or halves(manifest))
    assert all(blocks)
    assert all(block == block.strip() for block in blocks)
    return blocks, "\n\n".join(blocks)


def rows(page):
    """The rows of all tables, cells without the spaces around them."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_synthetic_data_is_marked_in_every_title():
    blocks, _ = section(fake_manifest())
    titles = [block for block in blocks if block.startswith(("#", "**"))]
    assert titles == [
        "## SYNTHETIC: data audit",
        "**SYNTHETIC: tracks used and left out**",
        "**SYNTHETIC: duplicates**",
        "**SYNTHETIC: on two sides of a split**",
    ]
    assert "SYNTHETIC" not in section(fake_manifest("folder"))[1]


def test_tracks_are_counted_and_those_left_out_listed_with_reasons():
    assert "30 tracks listed, 30 used, 0 left out." in section(fake_manifest())[1]
    page = section(fake_manifest("folder", missing={"blues.00003": "the file is empty", "country.00001": "a | b"}))[1]
    assert "30 tracks listed, 28 used, 2 left out." in page
    assert ["blues.00003", "the file is empty"] in rows(page)
    assert ["country.00001", r"a \| b"] in rows(page)


def test_many_tracks_left_out_are_counted_by_reason():
    missing = {f"blues.{n:05}": "not found" for n in range(5, 40)} | {"country.00000": "the file is empty"}
    page = section(fake_manifest("gtzan", per_genre=40, missing=missing))[1]
    assert "blues.00007" not in page
    assert ["not found", "35"] in rows(page)
    assert ["the file is empty", "1"] in rows(page)
    lost = {f"{genre}.{n:05}": f"lost {n}" for genre in ("blues", "country") for n in range(40)}
    page = section(fake_manifest("gtzan", per_genre=50, missing=lost))[1]
    assert ["lost 19", "2"] in rows(page)
    assert ["other reasons", "40"] in rows(page)


def test_no_duplicates_is_said():
    page = section(fake_manifest())[1]
    assert "Found: 0 groups of exact duplicates and 0 groups of near duplicates, 0 tracks in all." in page
    assert "blues.00000 and country.00001, share 56% of their bits. 50% is chance." in page
    assert "Offset" not in page


def test_groups_are_listed_with_their_scores():
    exact = group("blues.00000", "blues.00001", kind="exact", score=1, offset=0)
    near = group("country.00000", "disco.00000", "classical.00000")
    page = section(fake_manifest(), exact, near)[1]
    assert "Found: 1 group of exact duplicates and 1 group of near duplicates, 5 tracks in all." in page
    assert ["blues.00000, blues.00001", "exact", NONE, NONE] in rows(page)
    assert ["country.00000, disco.00000, classical.00000", "near", "87", "2.0"] in rows(page)


def test_long_lists_are_cut():
    manifest = fake_manifest(per_genre=30)
    pairs = [group(f"blues.{n:05}", f"country.{n:05}") for n in range(22)]
    ids = tuple(f"blues.{n:05}" for n in range(25))
    page = section(manifest, *pairs, not_compared=ids)[1]
    assert "2 more groups in `data/synthetic/audit.json`." in page
    assert "blues.00019, and 5 more." in page
    assert page.count("| near ") == 20


def test_what_stands_on_two_sides_is_counted_and_named():
    manifest = fake_manifest("gtzan", genres=("blues", "country"), per_genre=4)
    parts = {
        "published": {
            "train": ["blues.00000", "blues.00001", "country.00001", "country.00003"],
            "test": ["blues.00002", "blues.00003", "country.00000", "country.00002"],
        },
        "corrected": {
            "train": ["blues.00000", "blues.00001", "blues.00002"],
            "validation": ["blues.00003"],
            "test": ["country.00000", "country.00001", "country.00002", "country.00003"],
        },
    }
    across, inside = group("blues.00001", "blues.00002"), group("country.00000", "country.00002")
    page = section(manifest, across, inside, parts=parts)[1]
    assert "Duplicates on two sides, protocol `published`: blues.00001 (train), blues.00002 (test)." in page
    # blues.00000 to 00003 are all by John Lee Hooker, of the others no artist comes twice
    assert ["published", "1", "1 train, 1 test", "1", "2 train, 2 test"] in rows(page)
    assert ["corrected", "0", "0", "1", "3 train, 1 validation"] in rows(page)
    assert "Artists on two sides, protocol `published`: John Lee Hooker." in page
    assert "Artists on two sides, protocol `corrected`: John Lee Hooker." in page
    assert "Duplicates on two sides, protocol `corrected`" not in page
    assert "The artist is known for 7 of 8 tracks" in page


def test_unknown_artists_are_called_not_known():
    page = section(fake_manifest("folder"))[1]
    assert ["published", "0", "0", "not known", "not known"] in rows(page)
    assert "The artists of this dataset are not known" in page


def test_the_users_own_strings_do_no_harm():
    manifest = fake_manifest("folder", genres=("a", "x|<b>_*"))
    page = section(manifest, group("a.00000", "x|<b>_*.00001"))[1]
    assert r"a.00000 (train), x\|&lt;b>\_\*.00001 (test)" in page
    assert "<b>" not in page


def test_an_audit_of_other_tracks_is_refused():
    with pytest.raises(GenrebenchError, match="other tracks than the manifest"):
        audit_section(fake_manifest(per_genre=4), audit_of(fake_manifest()), {})


def test_copies_of_gtzan_are_set_beside_those_that_were_known():
    manifest = fake_manifest("gtzan", genres=("jazz", "pop"), per_genre=60)
    # of the first group the partition keeps one, of the second both, of the third two of three
    groups = (("jazz.00033", "jazz.00051"), ("pop.00001", "pop.00002"), ("jazz.00034", "jazz.00001", "jazz.00002"))
    page = section(manifest, *(group(*tracks) for tracks in groups))[1]
    assert "keeps at most one track of 1 of the 3 groups here." in page
    assert "fault-filtered" not in section(manifest)[1]
    assert "fault-filtered" not in section(fake_manifest("folder"), group("blues.00000", "blues.00001"))[1]
