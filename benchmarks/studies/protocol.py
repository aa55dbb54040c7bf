"""What a study does, as data: splits, features, scaling, schedule, and the epochs that are scored."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from benchmarks.configuration import Name, Section

Selection = Literal["last_epoch", "lowest_test_loss", "lowest_validation_loss"]
Scaling = Literal["none", "standardise"]

# whose scores stand first: chosen by the test tracks, as published results often are, then by others, then by none
_ORDER = ("lowest_test_loss", "lowest_validation_loss", "last_epoch")


def headline(selections: Iterable[str]) -> str:
    """Return the selection whose scores stand first."""
    return min(selections, key=_ORDER.index)


class RandomSplit(Section):
    """One random split of the tracks, not stratified; a validation part is taken from what does not test."""

    kind: Literal["random"]
    test_share: float = Field(gt=0, lt=1)
    validation_share: float = Field(ge=0, lt=1)
    random_state: int = Field(ge=0)

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


class Schedule(Section):
    """Epochs, batches and the optimiser Adam, by their names in Keras."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    beta_1: float = Field(ge=0, lt=1)
    beta_2: float = Field(ge=0, lt=1)
    epsilon: float = Field(gt=0)


class Protocol(Section):
    """Which tracks train, validate and test, what each architecture sees, which epochs are scored."""

    split: Annotated[RandomSplit | GroupedSplit, Field(discriminator="kind")]
    features: dict[Name, Name]
    scaling: Scaling
    schedule: Schedule
    selections: tuple[Selection, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _validation_is_there_when_needed(self) -> Self:
        if "lowest_validation_loss" in self.selections and not self.split.validates:
            raise ValueError("selections: lowest_validation_loss needs a split with validation_share above 0")
        return self

    @property
    def watches_test(self) -> bool:
        """Whether the test tracks are scored after every epoch, and not only once at the end."""
        return "lowest_test_loss" in self.selections or not self.split.validates


class Ablation(Section):
    """The ladder of flaws: from one protocol to another over steps, each of which changes one factor.

    Attributes
    ----------
    start, end : str
        Names of protocols.
    steps : dict of str to dict
        In order: the name of a protocol between them, and what it changes in the one before.
    """

    start: Name
    steps: dict[Name, dict[str, Any]]
    end: Name
