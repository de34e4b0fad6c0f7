"""Debian's PostgreSQL with pgaudit, as a cluster of one's own: TLS and scram only."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL

from embedded.process import new_secret, write_secret
from embedded.servers.server import HOST, Server, as_user, needs
from models.migrate import upgrade
from pipeline.errors import PermanentError

PACKAGES = "postgresql-15 postgresql-15-pgaudit"
PROGRAMS = Path("/usr/lib/postgresql")
LEAST = 14
"""The oldest version that Colloquy works with."""
ADMIN, USER, DATABASE = "postgres", "colloquy", "colloquy"
AUDITED = "ddl, role"
"""Changes of tables and of rights. Not reads and writes: who did what to whom is in `audit_events`."""


class Postgres(Server):
    """One cluster on loopback; Colloquy's user owns its database and is no administrator."""

    name = "postgres"
    port_wanted = 15432
    patience = 60.0  # recovery after a crash included
    ended_by = signal.SIGINT

    def fetch(self) -> None:
        """It is Debian's."""
        self._bin()

    def _bin(self) -> Path:
        found = {int(one.name): one / "bin" for one in PROGRAMS.glob("[0-9]*")}
        good = [
            version
            for version, at in found.items()
            if version >= LEAST
            and (at / "postgres").exists()
            and (at.parent / "lib" / "pgaudit.so").exists()
        ]
        if not good:
            raise needs("PostgreSQL with pgaudit", PACKAGES)
        # The one that the folder was made with, which a newer one would refuse.
        made = self.folder / "data" / "PG_VERSION"
        wanted = int(made.read_text(encoding="ascii")) if made.exists() else max(good)
        return found[wanted]

    def version(self) -> str:
        """Of the installed program."""
        told = subprocess.run(
            [str(self._bin() / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
        return told.stdout.split()[2]

    def command(self) -> list[str]:
        """Who comes unencrypted or without a password finds no line in pg_hba.conf."""
        data, hba = self.folder / "data", self.folder / "pg_hba.conf"
        if not data.exists():
            self._create(data)
        hba.write_text(f"hostssl all all {HOST}/32 scram-sha-256\n", encoding="utf-8")
        pair = self.authority.pair(self.name)
        told = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "hba_file": str(hba),
            "ssl": "on",
            "ssl_cert_file": str(pair.certificate),
            "ssl_key_file": str(pair.key),
            "ssl_min_protocol_version": f"TLSv{self.tls}",
            "ssl_max_protocol_version": f"TLSv{self.tls}",
            "password_encryption": "scram-sha-256",
            "shared_preload_libraries": "pgaudit",
            "pgaudit.log": AUDITED,
            "max_connections": "100",
        }
        settings = [part for name, one in told.items() for part in ("-c", f"{name}={one}")]
        return [*as_user(), str(self._bin() / "postgres"), "-D", str(data), *settings]

    def _create(self, data: Path) -> None:
        # Made beside its place: one that was broken off is not taken for whole.
        made = data.with_name("data.new")
        shutil.rmtree(made, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as file:
            file.write(self._admin_password)
            file.flush()
            done = subprocess.run(
                [
                    *(*as_user(), str(self._bin() / "initdb"), "-D", str(made), "-U", ADMIN),
                    *("-A", "scram-sha-256", "--pwfile", file.name),
                    *("--locale=C.UTF-8", "--encoding=UTF8"),
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise PermanentError(
                f"PostgreSQL cannot make its data folder: {done.stderr.strip()[-300:]}",
                code="postgres",
                advice="See whether the disk is full and the folder can be written.",
            )
        made.rename(data)

    @property
    def _admin_password(self) -> str:
        file = self.folder / "admin-password"
        if not file.exists():
            write_secret(file, new_secret())
        return file.read_text(encoding="utf-8")

    def url(self, user: str = USER, database: str = DATABASE) -> str:
        """SQLAlchemy's address, with the password and nothing of TLS."""
        password = self.password if user == USER else self._admin_password
        made = URL.create(
            "postgresql+psycopg", user, password, host=HOST, port=self.port, database=database
        )
        return made.render_as_string(hide_password=False)

    def trusted_url(self, user: str = USER, database: str = DATABASE) -> str:
        """The same, and the server must prove its name."""
        told = f"sslmode=verify-full&ssl_min_protocol_version=TLSv{self.tls}"
        return f"{self.url(user, database)}?{told}&sslrootcert={self.authority.ca}"

    def _connect(self, database: str) -> psycopg.Connection:
        address = self.trusted_url(ADMIN, database).replace("+psycopg", "")
        return psycopg.connect(address, connect_timeout=2, autocommit=True)

    def answers(self) -> bool:
        """It takes the administrator's password."""
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def prepare(self) -> None:
        """The user, the database, pgaudit, the newest schema; the password is set to the kept one."""
        name = sql.Identifier(USER)
        with self._connect("postgres") as admin:
            # Hashed here: pgaudit writes the statement down.
            secret = admin.pgconn.encrypt_password(
                self.password.encode(), USER.encode(), b"scram-sha-256"
            )
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [USER]).fetchone():
                admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
            told = sql.SQL("ALTER ROLE {} PASSWORD {}")
            admin.execute(told.format(name, sql.Literal(secret.decode())))
            there = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not admin.execute(there, [DATABASE]).fetchone():
                told = sql.SQL("CREATE DATABASE {} OWNER {}")
                admin.execute(told.format(sql.Identifier(DATABASE), name))
        with self._connect(DATABASE) as admin:
            admin.execute("CREATE EXTENSION IF NOT EXISTS pgaudit")
        upgrade(self.trusted_url())

    def settings(self) -> str:
        """Address with password."""
        return f'[database]\nurl = "{self.url()}"\nca = "{self.authority.ca}"\n'
