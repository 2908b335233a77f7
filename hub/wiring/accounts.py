"""The process that keeps the broker's accounts."""

from hub.config import Settings
from hub.errors import SetupError
from hub.registry import service as registry
from hub.registry.broker_accounts import keep_password_file, own_broker_account
from hub.wiring.logs import start_logging
from hub.wiring.process import opened_database, say_ready, stop_at_signal

__all__ = ["run_accounts"]


def run_accounts(settings: Settings) -> None:
    """Keep the broker's password file equal to the database until the process is told to stop."""
    start_logging("accounts")
    if settings.broker_password_file is None:
        raise SetupError("WANAMORI_BROKER_PASSWORD_FILE is not set: name the password file that the broker reads")
    own = own_broker_account(settings.mqtt_username, settings.mqtt_password.get_secret_value())
    stop = stop_at_signal()
    with opened_database(settings, "accounts", 2) as database:

        def accounts() -> list[tuple[str, str]]:
            with database.transaction() as conn:
                return [own, *registry.fetch_broker_accounts(conn)]

        keep_password_file(
            lambda stop: database.listen("broker_accounts", stop=stop),
            accounts,
            settings.broker_password_file,
            settings.broker_pid_file,
            stop,
            say_ready,
        )
