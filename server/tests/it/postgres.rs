//! A private PostgreSQL for the tests: one instance a test run, reached by a socket in its own folder, run as an
//! ordinary user (it refuses root), with a watchdog that ends it when the run is over, however that ends.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sidedoor::id::TaskId;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The role that owns everything; trusted without a password, by the socket only.
const ROLE: &str = "sidedoor";

/// The URL of a new, empty database; none when `TEST_SKIP_POSTGRES=1`. Fails when PostgreSQL is missing: a contract that
/// is tested on one database only soon holds on one only.
pub async fn fresh_database() -> Option<String> {
    if std::env::var("TEST_SKIP_POSTGRES").is_ok_and(|value| value == "1") {
        eprintln!("skipped: TEST_SKIP_POSTGRES=1");
        return None;
    }
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    Some(SHARED.get_or_init(Cluster::shared).database().await)
}

/// A PostgreSQL instance of our own.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
}

impl Cluster {
    /// The one that all tests of this run share. Under nextest each test is a process, so the first one to come starts
    /// it, and it lives as long as the runner.
    fn shared() -> Self {
        let anchor = match std::env::var_os("NEXTEST_RUN_ID") {
            Some(_) => std::os::unix::process::parent_id(),
            None => std::process::id(),
        };
        let folder = std::env::temp_dir().join(format!("sidedoor-test-postgres-{anchor}"));
        let lock = File::create(folder.with_extension("lock")).expect("the temporary folder can be written");
        lock.lock().expect("the lock can be taken");
        let cluster = Self { folder, programs: programs() };
        if !cluster.folder.join("ready").exists() {
            cluster.start(anchor);
        }
        cluster
    }

    /// One for this test alone, to be restarted at will.
    pub fn private() -> Self {
        let folder = std::env::temp_dir().join(format!("sidedoor-test-postgres-{}", TaskId::new()));
        let cluster = Self { folder, programs: programs() };
        cluster.start(std::process::id());
        cluster
    }

    fn start(&self, anchor: u32) {
        // What an earlier run with the same process id may have left half-made.
        drop(fs::remove_dir_all(&self.folder));
        fs::create_dir_all(&self.folder).expect("the temporary folder can be written");
        if is_root() {
            run(Command::new("chown").arg(owner()).arg(&self.folder));
        }
        watch(anchor, &self.folder);
        run(self
            .program("initdb")
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username", ROLE])
            .arg("--pgdata")
            .arg(self.data()));
        self.pg_ctl("start");
        fs::write(self.folder.join("ready"), "").expect("the temporary folder can be written");
    }

    fn pg_ctl(&self, verb: &str) {
        // No port at all; nothing here has to survive a power cut, so no fsync.
        let options = format!(
            "-c listen_addresses= -k {} -c fsync=off -c full_page_writes=off -c max_connections=400",
            self.folder.display()
        );
        run(self
            .program("pg_ctl")
            .arg("--pgdata")
            .arg(self.data())
            .args(["--wait", "--timeout", "60", "--mode", "immediate", "--log"])
            .arg(self.folder.join("log"))
            .args(["--options", &options, verb]));
    }

    /// Kills the server at once, as a crash would, and starts it again.
    pub fn restart(&self) {
        self.pg_ctl("restart");
    }

    /// The URL of a new, empty database.
    pub async fn database(&self) -> String {
        let name = format!("test_{}", TaskId::new().uuid().simple());
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("the test's PostgreSQL answers");
        sqlx::query(AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .expect("a database can be made");
        connection.close().await.expect("the connection closes");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@localhost/{database}?host={}", self.folder.display())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of PostgreSQL's, as a user that it accepts.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", owner(), "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // A folder that the other user may not enter would be warned of.
        command.current_dir("/");
        command
    }
}

/// Ends the instance and removes its folder as soon as the process `anchor` is gone. In a process group of its own, so
/// that what kills a test does not kill its watchdog.
#[expect(clippy::zombie_processes, reason = "it outlives the test by design")]
fn watch(anchor: u32, folder: &Path) {
    const SCRIPT: &str = r#"
        while kill -0 "$1" 2>/dev/null; do sleep 0.2; done
        pid=$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null)
        if [ -n "$pid" ]; then
            kill -QUIT "$pid"
            while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
        fi
        rm -rf "$2" "$2.lock"
    "#;
    std::os::unix::process::CommandExt::process_group(&mut Command::new("sh"), 0)
        .args(["-c", SCRIPT, "sh", &anchor.to_string()])
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell can be started");
}

fn run(command: &mut Command) {
    // Files rather than pipes: the server inherits them and would keep a pipe open for ever.
    let mut said = tempfile::tempfile().expect("a temporary file can be made");
    let out = |file: &File| Stdio::from(file.try_clone().expect("a file can be cloned"));
    let status = command.stdin(Stdio::null()).stdout(out(&said)).stderr(out(&said)).status();
    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
        let mut text = String::new();
        let read = std::io::Seek::rewind(&mut said).and_then(|()| std::io::Read::read_to_string(&mut said, &mut text));
        panic!("{command:?} failed ({status:?}, {read:?}): {text}");
    }
}

/// The folder of `initdb` and its like: in `PATH`, or where Debian keeps the newest.
fn programs() -> PathBuf {
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    std::env::split_paths(&in_path)
        .chain(versions.into_iter().rev().map(|(_, folder)| folder))
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .expect("PostgreSQL is missing: install the Debian package postgresql, or set TEST_SKIP_POSTGRES=1")
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    tempfile::tempfile().and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.uid() == 0)
}

/// Whom the server runs as when the tests run as root.
fn owner() -> &'static str {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    if users.lines().any(|line| line.starts_with("postgres:")) { "postgres" } else { "nobody" }
}
