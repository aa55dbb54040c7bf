"""What a study does, as data: splits, windows, features, scaling, schedule, and the epochs that are scored."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator

from benchmarks.configuration import Name, Section, merged, wrong_keys

Selection = Literal["last_epoch", "lowest_test_loss", "lowest_validation_loss"]
Scaling = Literal["none", "standardise"]

# whose scores stand first: chosen by the test tracks, as published results often are, then by others, then by none
_ORDER = ("lowest_test_loss", "lowest_validation_loss", "last_epoch")


def headline(selections: Iterable[str]) -> str:
    """Return the selection whose scores stand first."""
    return min(selections, key=_ORDER.index)


class OptionsSection(Section):
    """A section with options that most protocols do without: written down only where they are taken.

    An option that is added later so changes no protocol, and no run, of before.
    """

    @model_serializer(mode="wrap")
    def _options_taken(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {
            key: value
            for key, value in whole(self).items()
            if fields[key].is_required() or getattr(self, key) != fields[key].default
        }


class RandomSplit(OptionsSection):
    """One random split of the tracks; a validation part is taken from what does not test.

    Attributes
    ----------
    stratified : bool
        Whether each part gets the same share of every genre.
    """

    kind: Literal["random"]
    test_share: float = Field(gt=0, lt=1)
    validation_share: float = Field(ge=0, lt=1)
    random_state: int = Field(ge=0)
    stratified: bool = False

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> Self:
        if self.test_share + self.validation_share >= 1:
            raise ValueError(
                f"test_share {self.test_share} and validation_share {self.validation_share} leave nothing to train "
                "on; legal: a sum below 1"
            )
        return self

    @property
    def validates(self) -> bool:
        """Whether there is a validation part."""
        return self.validation_share > 0


class GroupedSplit(Section):
    """60% train, 20% validate, 20% test, stratified by genre; duplicates, and an artist's tracks, stay together.

    GTZAN is split as Kereliuk, Sturm and Larsen (2015) split it instead: the fault-filtered partition.
    """

    kind: Literal["grouped"]
    random_state: int = Field(ge=0)

    @property
    def validates(self) -> bool:
        """Whether there is a validation part."""
        return True


class WindowSplit(Section):
    """The commonest flaw of the literature: windows are split at random, whatever track they are of.

    Stratified by genre. So the windows of copies, and of an artist's other tracks, stand on both sides, too.

    Attributes
    ----------
    tracks : RandomSplit or GroupedSplit
        A split of tracks that does without the flaw: the same tracks are used, each part has as many windows, and what
        is drawn begins with the same random state.
    """

    kind: Literal["windows"]
    tracks: Annotated[RandomSplit | GroupedSplit, Field(discriminator="kind")]

    @property
    def validates(self) -> bool:
        """Whether there is a validation part."""
        return self.tracks.validates


class Windows(Section):
    """How a track is cut into windows, which overlap where the hop is shorter than a window.

    Attributes
    ----------
    samples : int
        Length of a window, samples at 22050 Hz.
    hop : int
        From the start of one to the start of the next, samples.
    count : int
        How many a track, from its start.
    """

    samples: int = Field(ge=1)
    hop: int = Field(ge=1)
    count: int = Field(ge=2)

    @property
    def covered(self) -> int:
        """How many samples of a track they cover."""
        return (self.count - 1) * self.hop + self.samples

    def of(self, feature_set: str) -> str:
        """Return the name of the feature set that holds another one's arrays of every window of a track."""
        return f"{feature_set}_windows_{self.samples}_{self.hop}_{self.count}"

    @classmethod
    def named(cls, feature_set: str) -> "tuple[str, Windows] | None":
        """Return of such a name the other feature set's name and the windows; None where it is no such name."""
        found = re.fullmatch(r"(.+)_windows_([1-9]\d*)_([1-9]\d*)_([1-9]\d*)", feature_set)
        if found is None:
            return None
        samples, hop, count = map(int, found.groups()[1:])
        return found[1], cls(samples=samples, hop=hop, count=count)


class Augmentation(OptionsSection):
    """What may be done to a window, a spectrogram, each time that it is trained on.

    Attributes
    ----------
    flip : float
        Probability that it is turned round in time.
    mask : float
        Probability that some bands and frames are masked, drawn anew each time and with repetition.
    bands, frames : int
        How many of each are drawn.
    value : float
        What a mask puts in their place, in the units of the feature set.
    frames_below : int, optional
        The flaw of frames that are drawn from too few: those before this one alone.
    """

    flip: float = Field(ge=0, le=1)
    mask: float = Field(ge=0, le=1)
    bands: int = Field(ge=0)
    frames: int = Field(ge=0)
    value: float
    frames_below: int | None = Field(default=None, ge=1)


class Steering(Section):
    """How the learning rate falls when the loss of a part does not, as Keras's ``ReduceLROnPlateau`` lets it.

    The loss is the one that Keras watches: with the penalties of the architecture.

    Attributes
    ----------
    watched : {"validation", "test"}
        The part. The test part is a flaw.
    augmented : bool
        Whether what is watched is augmented as what is trained on.
    factor : float
        What the learning rate is multiplied by.
    patience : int
        So many epochs without an improvement let it fall.
    cooldown : int
        So many epochs after that do not count.
    min_delta : float
        An improvement is more than this.
    lowest : float
        It does not fall below this.
    """

    watched: Literal["validation", "test"]
    augmented: bool
    factor: float = Field(gt=0, lt=1)
    patience: int = Field(ge=1)
    cooldown: int = Field(ge=0)
    min_delta: float = Field(ge=0)
    lowest: float = Field(gt=0)


class Schedule(OptionsSection):
    """Epochs, batches and the optimiser Adam, by their names in Keras.

    Attributes
    ----------
    steps_for : int, optional
        The flaw of an epoch that was reckoned for batches of another size: it has as many steps as there are batches
        of this size, and the next one goes on with the batches that follow. A batch then holds neighbours, in the
        order in which the data lie; which batch comes when is drawn anew for every pass through the data. Of what
        steers the learning rate, too, it sees as many batches only, the first ones. Without it, an epoch goes through
        all data in an order drawn anew.
    steering : Steering, optional
        Lets the learning rate fall.
    """

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    beta_1: float = Field(ge=0, lt=1)
    beta_2: float = Field(ge=0, lt=1)
    epsilon: float = Field(gt=0)
    steps_for: int | None = Field(default=None, ge=1)
    steering: Steering | None = None

    def steps(self, n: int) -> int:
        """Return how many steps an epoch over so many tracks or windows has."""
        return math.ceil(n / (self.steps_for or self.batch_size))


class Protocol(OptionsSection):
    """Which tracks train, validate and test, what each architecture sees, which epochs are scored.

    Attributes
    ----------
    split : RandomSplit, GroupedSplit or WindowSplit
        Whole tracks, unless a `WindowSplit` asks for the flaw.
    features : dict of str to str
        By architecture the feature set: of a track, or of a window where there are windows.
    scaling : {"none", "standardise"}
        See `benchmarks.features.scaling`.
    schedule : Schedule
        Of the training.
    selections : tuple of str
        Which epochs are scored.
    windows : Windows, optional
        What of a track the networks see, one at a time. Without them they see the track as a whole.
    augmentation : Augmentation, optional
        What is done to what is trained on.
    """

    split: Annotated[RandomSplit | GroupedSplit | WindowSplit, Field(discriminator="kind")]
    features: dict[Name, Name]
    scaling: Scaling
    schedule: Schedule
    selections: tuple[Selection, ...] = Field(min_length=1)
    windows: Windows | None = None
    augmentation: Augmentation | None = None

    @model_validator(mode="after")
    def _validation_is_there_when_needed(self) -> Self:
        if "lowest_validation_loss" in self.selections and not self.split.validates:
            raise ValueError("selections: lowest_validation_loss needs a split with validation_share above 0")
        steering = self.schedule.steering
        if steering is not None and steering.watched == "validation" and not self.split.validates:
            raise ValueError("schedule.steering: watched: validation needs a split with validation_share above 0")
        if steering is not None and steering.augmented and self.augmentation is None:
            raise ValueError("schedule.steering: augmented: true needs an augmentation")
        return self

    @model_validator(mode="after")
    def _windows_are_there_when_needed(self) -> Self:
        asked = {
            "split: kind: windows": isinstance(self.split, WindowSplit),
            "augmentation": self.augmentation is not None,
            "schedule.steps_for": self.schedule.steps_for is not None,
        }
        if self.windows is None and (without := [name for name, wanted in asked.items() if wanted]):
            raise ValueError(f"{without[0]} needs windows, which this protocol does not cut tracks into")
        return self

    def changed(self, change: Mapping[str, Any]) -> "Protocol":
        """Return the protocol with some keys changed, see `benchmarks.configuration.merged`.

        Raises
        ------
        pydantic.ValidationError
            If that is no legal protocol.
        """
        return Protocol.model_validate(merged(self.model_dump(), change))

    @property
    def groups_tracks(self) -> bool:
        """Whether its split of tracks, or that in whose place its windows are split, keeps copies together."""
        of_tracks = self.split.tracks if isinstance(self.split, WindowSplit) else self.split
        return isinstance(of_tracks, GroupedSplit)

    @property
    def windows_of_track(self) -> int:
        """How many windows a track has; 1 where it is seen as a whole."""
        return 1 if self.windows is None else self.windows.count

    def seen_by(self, architecture: str) -> str:
        """Return the name of the feature set of a whole track that an architecture sees: of all its windows, perhaps.

        Raises
        ------
        KeyError
            If the protocol names none for it.
        """
        name = self.features[architecture]
        return name if self.windows is None else self.windows.of(name)

    @property
    def watches_test(self) -> bool:
        """Whether the test tracks are scored after every epoch, and not only once at the end."""
        steering = self.schedule.steering
        steered = steering is not None and steering.watched == "test"
        return steered or "lowest_test_loss" in self.selections or not self.split.validates


class Ablation(OptionsSection):
    """The ladder of flaws: from one protocol to another over steps, each of which changes one factor.

    Attributes
    ----------
    start, end : str
        Names of protocols.
    steps : dict of str to dict
        In order: the name of a protocol between them, and what it changes in the one before.
    windows_split : dict of str to dict
        Protocols that are run with their windows split instead of their tracks, see `WindowSplit`: the name of each,
        and the windows and features that it gets for that where it has no windows of its own.
    """

    start: Name
    steps: dict[Name, dict[str, Any]]
    end: Name
    windows_split: dict[Name, dict[str, Any]] = Field(default={})


def windows_names(protocol: str) -> tuple[str, str]:
    """Return what a protocol is called with the windows that it gets, and what with its windows split."""
    return f"{protocol}-windows", f"{protocol}-windows-split"


def require_windows(ablation: Ablation, protocols: Mapping[str, Protocol]) -> None:
    """Check that every protocol that is run with windows split has some.

    Raises
    ------
    ValueError
        If one does not exist, has none, or gets what makes no legal protocol.
    """
    for name, change in ablation.windows_split.items():
        place = f"ablation.windows_split.{name}"
        if name not in protocols:
            raise ValueError(f"{place}: no such protocol; defined: {', '.join(protocols)}")
        if other := change.keys() - {"windows", "features"}:
            raise ValueError(f"{place}: {', '.join(sorted(other))} is not its to change; legal: windows, features")
        try:
            cut = protocols[name].changed(change)
        except ValidationError as error:
            raise ValueError(f"{place} makes no legal protocol: {'; '.join(wrong_keys(error))}") from None
        if cut.windows is None:
            raise ValueError(f"{place}: the protocol cuts tracks into no windows; give windows, and their features")
        if isinstance(cut.split, WindowSplit):
            raise ValueError(f"{place}: the protocol has its windows split already; name one that splits tracks")
        if taken := {*windows_names(name)} & {*protocols, *ablation.steps}:
            raise ValueError(f"{place}: {', '.join(sorted(taken))} is what this makes; give that another name")
