"""A PostgreSQL of one's own, as README tells to prepare it: the roles, a password for each, a database."""

import glob
import os
import shutil
import subprocess

from harness import free_port

ROLES = {"database-url": "gatehouse_app", "platform-database-url": "gatehouse_platform",
         "maintenance-database-url": "gatehouse_maintenance", "migration-database-url": "gatehouse_migrator"}
PREPARATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../migrations/roles.sql")


class Cluster:
    """A started server with an empty database `gatehouse`; as a context it is stopped."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self.data = os.path.join(folder, "data")
        self.port = free_port()
        self._program("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync")
        # Whoever comes over the network needs a password; the superuser of the socket does not.
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="ascii") as file:
            file.write(rules)
        self.start()
        self.sql("CREATE DATABASE gatehouse", database="postgres")
        self._psql("gatehouse", "-f", PREPARATION)

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._program("pg_ctl", "-D", self.data, "-w", "-o", options, "-l", os.path.join(self.folder, "log"), "start")

    def stop(self):
        self._program("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def _program(self, name, *arguments):
        program = max(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*user, program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def _psql(self, database, *arguments):
        place = ["-h", self.folder, "-p", str(self.port), "-U", "postgres", "-d", database]
        result = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *place, *arguments],
                                capture_output=True, text=True, check=True)
        return result.stdout.strip()

    def sql(self, text, database="gatehouse"):
        """Runs a statement as the superuser and gives what it printed."""
        return self._psql(database, "-c", text)

    def set_password(self, role, password):
        self.sql(f"ALTER ROLE {role} PASSWORD '{password}'")

    def url(self, role, password):
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/gatehouse"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.stop()
