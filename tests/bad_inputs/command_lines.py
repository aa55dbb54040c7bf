"""Command lines that ask for what there is not."""

from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.errors import StaleError
from tests.bad_inputs.case import Case, Group
from tests.builders import plain_params

OF = ("--dataset", "synthetic")
MADE = (*OF, "--protocol", "published", "--architecture", "cnn2d", "--framework", "pytorch")
# argparse's own
USAGE = 2


def start(folder: Path) -> None:
    YAML().dump(plain_params(), folder / "params.yaml")


def bad(command: Sequence[str], words: str, status: int = 1) -> Case:
    return Case(" ".join(command) or "nothing", words, lambda _: None, command, status=status)


COMMANDS = (
    "fetch",
    "features",
    "audit",
    "train",
    "score",
    "report",
    "first-look",
    "verify",
    "ladder",
    "ablation",
    "published",
)
CASES = [
    bad((), "the following arguments are required: COMMAND", USAGE),
    bad(("no-such-command",), r"invalid choice: 'no-such-command' \(choose from .*fetch", USAGE),
    *(bad((name,), "the following arguments are required: .*--dataset", USAGE) for name in COMMANDS),
    *(
        bad((name, "--dataset", ""), "argument --dataset: is empty; give it a value, or leave it out", USAGE)
        for name in COMMANDS
    ),
    *(bad((name, "--dataset", "nowhere"), "'nowhere' is no dataset.*; legal: ") for name in COMMANDS),
    *(bad((name, "--dataset", "../../x"), r"'\.\./\.\./x' is no dataset.*; legal: ") for name in COMMANDS),
    bad((*("features", *OF), "--study", "nothing"), "no report of study 'nothing'; it has reports of: made_up"),
    bad(("features", *OF, "--colour", "blue"), "unrecognized arguments: --colour blue", USAGE),
    bad(("train", *OF, "--protocol", "perfect"), "perfect.*(published|legal|defined)"),
    bad(("train", *OF, "--architecture", "transformer"), "transformer"),
    bad(("train", *OF, "--framework", "jax"), "jax"),
    bad(("run", *MADE), "the following arguments are required: --seed", USAGE),
    bad(("run", *MADE, "--seed", "one"), "argument --seed: 'one' is not a whole number from 0", USAGE),
    bad(("run", *MADE, "--seed", "1", "--fingerprint", "0"), "start the same command again", StaleError.status),
    bad(("transfer", *MADE, "--seed", "0", "--to", "jax"), "no implementation of cnn2d in jax; there is one in: "),
    bad(("reference", "--part", "nothing"), "nothing.*(there are|legal|features)"),
    bad(("timing", "--tracks", "1"), "--tracks 1: a training epoch that is timed needs at least 2 tracks"),
    bad(("timing", "--tracks", "many"), "argument --tracks: invalid int value: 'many'", USAGE),
    bad(("timing", "--baseline", "nowhere.json"), r"nowhere\.json"),
    bad(("remove", "--dataset", "synthetic"), "'synthetic' is no folder of your own in params.yaml; there are: none"),
    bad(("dataset", "--dataset", "nowhere"), "'nowhere' is no dataset"),
    bad(("dataset", "--audio-dir", ""), "argument --audio-dir: is empty", USAGE),
    bad(("quick", "--seeds", "0"), "argument --seeds: '0' is not a whole number from 1", USAGE),
    bad(("quick", "--epochs", "-5"), "argument --epochs: '-5' is not a whole number from 1", USAGE),
    bad(("run", *MADE, "--seed", "-1"), "argument --seed: '-1' is not a whole number from 0", USAGE),
    bad(("run", *MADE, "--seed", "9" * 99, "--epochs", "1"), "unrecognized arguments: --epochs 1", USAGE),
    bad(("recorded", *OF, "--against", "no-such-commit"), "no-such-commit|git"),
]
GROUP = Group(start, CASES)
