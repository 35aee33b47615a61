"""What every part of a config is: frozen, and closed to fields it does not know."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen value with the fields it declares and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")
