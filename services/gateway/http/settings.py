"""What gateway's HTTP API reads from its environment."""

from collections.abc import Mapping
from typing import Literal, Self

from limits import parse
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from services.gateway.http.staff.oidc import Provider
from shared.contracts.order_links import NoLinkKeys, link_keys


class HttpSettings(BaseSettings):
    """The settings of HTTP that gateway reads from its environment."""

    receiving_url: str = ""
    inventory_url: str = ""
    allocation_url: str = ""
    notification_url: str = ""
    logo_hosts: str = Field(default="", description="that logos may come from, joined by commas; empty: any")
    requests_per_key: str = Field(default="3000/minute", description="such as 100/second, in each process")

    unknown_keys_per_address: str = Field(default="600/minute", description="such as 10/second, in each process")

    totp_keys: str = Field(default="", repr=False, description="name:secret pairs that encrypt the seeds of codes")

    oidc_issuer: str = Field(default="", description="the company's identity provider, if staff sign in there")
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_redirect_url: str = Field(default="", description="our address of /v1/sessions/oidc/finished")
    oidc_claim: str = Field(default="preferred_username", description="what names the user")

    @field_validator("requests_per_key", "unknown_keys_per_address")
    @classmethod
    def _is_a_rate(cls, rate: str) -> str:
        parse(rate)
        return rate

    link_keys: str = Field(default="", repr=False, description="name:secret pairs that sign customers' links")

    @field_validator("totp_keys", "link_keys")
    @classmethod
    def _are_keys(cls, keys: str) -> str:
        try:
            return keys if not keys or link_keys(keys) else ""
        except NoLinkKeys:
            raise ValueError("must be name:secret pairs, joined by commas, of 32 characters or more each") from None

    @model_validator(mode="after")
    def _names_a_client(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_redirect_url):
            raise ValueError("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_REDIRECT_URL (…/v1/sessions/oidc/finished)")
        return self

    def provider(self) -> Provider | None:
        """Return the company's identity provider; None where there is none."""
        if not self.oidc_issuer:
            return None
        client = (self.oidc_client_id, self.oidc_client_secret.get_secret_value())
        return Provider(self.oidc_issuer, *client, self.oidc_redirect_url, self.oidc_claim)

    def secrets(self, of: Literal["totp_keys", "link_keys"]) -> Mapping[str, bytes]:
        """Return the secrets of a setting, by name; none where it is empty: no codes, or no links."""
        pairs: str = getattr(self, of)
        return link_keys(pairs) if pairs else {}
