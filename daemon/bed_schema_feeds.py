"""What a bed file may say of its feeds to the ward."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from daemon.protocols.numbers import refusal
from daemon.protocols.section import Section, Text

_EUI_64 = re.compile(r"[0-9A-F]{16}")
Port = Annotated[int, Field(ge=1, le=65_535)]


def _eui_64(value: str) -> str:
    if not _EUI_64.fullmatch(value):
        remedy = 'write 16 hex digits in capitals, such as device_id = "0A1B2C3D4E5F6071"'
        raise refusal("device_id", "this is no EUI-64", remedy)
    return value


class TlsIn(Section):
    """Certificates of a feed; its host name is always checked."""

    ca: Text = Field(description="the certificate of who signed the other side's, from this folder")
    certificate: Text | None = None
    key: Text | None = None


class Hl7In(Section):
    """The HL7 receiver of this bed."""

    host: Text = Field(description='the receiver, such as host = "hl7.ward.example"')
    port: Port = Field(description="its MLLP port, such as port = 2575")
    device_id: Annotated[Text, AfterValidator(_eui_64)] = Field(
        description='the EUI-64 of this host, such as device_id = "0A1B2C3D4E5F6071"'
    )
    receiving_application: str = ""
    receiving_facility: str = ""
    tls: TlsIn | None = None


class MqttIn(Section):
    """The ward's broker."""

    host: Text = Field(description='the broker, such as host = "mqtt.ward.example"')
    port: Port = Field(description="its port, such as port = 8883")
    confirm: Literal["none", "required"] = Field(
        description='"required": an alarm no station confirms within 5 s is one at the bed; else "none"'
    )
    username: Text | None = None
    password_file: Text | None = None
    tls: TlsIn | None = None

    @model_validator(mode="after")
    def _password_has_a_name(self) -> Self:
        if self.password_file is not None and self.username is None:
            raise refusal("username", "a password without a name", "write username too", key="username")
        return self


class FeedsIn(Section):
    """The feeds of a bed; each one that is named must be heard, or it is an alarm at the bed."""

    mqtt: MqttIn | None = None
    hl7: Hl7In | None = None
