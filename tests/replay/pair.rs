//! Two rcshark processes that speak to each other over loopback.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;

/// What a process left.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A process that plays, or listens to what is played.
pub struct Playing {
    child: Child,
    stderr: mpsc::Receiver<String>,
    seen: String,
}

/// Longest time a process of a test may take.
pub const LIMIT: Duration = Duration::from_secs(60);

impl Playing {
    pub fn start(args: &[&str]) -> Playing {
        Playing::command("replay", args)
    }

    pub fn command(name: &str, args: &[&str]) -> Playing {
        let mut command = Command::new(cargo_bin!("rcshark"));
        command.arg(name).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
        let mut child = command.spawn().expect("rcshark starts");
        let stderr = child.stderr.take().expect("stderr");
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Playing { child, stderr: receiver, seen: String::new() }
    }

    /// The address that the process listens on.
    pub fn listening(&mut self) -> String {
        self.says("listening on ").unwrap_or_else(|| panic!("nobody listens: {}", self.seen))
    }

    /// What follows `prefix` in the first line on stderr that begins so; `None` when the process ends without one.
    pub fn says(&mut self, prefix: &str) -> Option<String> {
        loop {
            let line = self.stderr.recv_timeout(LIMIT).ok()?;
            self.seen.push_str(&line);
            self.seen.push('\n');
            if let Some(rest) = line.strip_prefix(prefix) {
                return Some(rest.to_owned());
            }
        }
    }

    /// Sends the signal of Ctrl-C.
    pub fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    pub fn finish(mut self) -> Outcome {
        let mut stdout = self.child.stdout.take().expect("stdout");
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_to_string(&mut text);
            text
        });
        let started = Instant::now();
        let code = loop {
            match self.child.try_wait().expect("the process can be asked") {
                Some(status) => break status.code(),
                None if started.elapsed() > LIMIT => {
                    let _ = self.child.kill();
                    break None;
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let stdout = reader.join().unwrap_or_default();
        let mut stderr = std::mem::take(&mut self.seen);
        self.stderr.iter().for_each(|line| stderr.push_str(&format!("{line}\n")));
        Outcome { code, stdout, stderr }
    }
}

/// The results of clients and focus.
pub struct Pair {
    pub clients: Outcome,
    pub focus: Outcome,
    /// What the clients saved, and what the focus saved.
    pub saved: [PathBuf; 2],
    _folder: tempfile::TempDir,
}

/// Plays the clients of a session against its focus.
pub fn play(capture: &Path, session: &str, options: &[&str]) -> Pair {
    play_roles(capture, session, ["clients", "focus"], options)
}

/// Plays one role, which calls, against another.
pub fn play_roles(capture: &Path, session: &str, roles: [&str; 2], options: &[&str]) -> Pair {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = ["clients.pcapng", "focus.pcapng"].map(|name| folder.path().join(name));
    let paths = saved.each_ref().map(|path| path.to_str().expect("a path").to_owned());
    let file = capture.to_str().expect("a path");
    let common = ["--session", session, "--speed", "max"];
    let called =
        [&[file, "--as", roles[1], "--bind", "127.0.0.1:0", "--save", &paths[1]], &common[..], options].concat();
    let mut focus = Playing::start(&called);
    let target = focus.listening();
    let calling = [&[file, "--as", roles[0], "--target", &target, "--save", &paths[0]], &common[..], options].concat();
    let clients = Playing::start(&calling).finish();
    Pair { clients, focus: focus.finish(), saved, _folder: folder }
}

impl Pair {
    /// Both sides saw what they expected.
    pub fn assert_good(&self, what: &str) {
        for (side, outcome) in [("clients", &self.clients), ("focus", &self.focus)] {
            assert_eq!(outcome.code, Some(0), "{what}, {side}:\n{}{}", outcome.stdout, outcome.stderr);
        }
    }
}
