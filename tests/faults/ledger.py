"""What the load asked for and what it was told: the rig's own memory."""

from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Proposals by their title, which is unique; supports and answers by the proposal's id."""

    accepted: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    """Title → key of submissions whose outcome nobody knows."""
    supported: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    refused: int = 0

    def summary(self) -> str:
        return (
            f"accepted {len(self.accepted)} proposals, {len(self.supported)} supports, "
            f"{len(self.answered)} answers; refused {self.refused}; "
            f"outcome unknown and left so {len(self.unknown)}"
        )
