//! Servers that others wrote: SIPp and Kamailio, from Debian's packages.

// Says what is skipped.
#![allow(clippy::print_stdout)]

use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process of another program, which is ended with the test.
pub struct Peer {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Kamailio ends its own children when it is asked to.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay").join(name)
}

/// Is the program installed? Says when it is not.
pub fn has(program: &str, package: &str) -> bool {
    let found = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        println!("skipped: {program} is not installed (Debian: {package})");
    }
    found
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.local_addr().expect("an address").port()
}

/// SIPp with a scenario of ours; ends after so many calls.
pub fn sipp(scenario: &str, port: u16, target: Option<&str>, transport: &str, calls: usize) -> Peer {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("sipp");
    if let Some(target) = target {
        command.arg(target);
    }
    let (port, calls) = (port.to_string(), calls.to_string());
    let (local, mode) = (["-i", "127.0.0.1", "-p", &port], if transport == "tcp" { "t1" } else { "u1" });
    command.arg("-sf").arg(file(scenario)).args(local).args(["-nostdin", "-m", &calls, "-t", mode, "-timeout", "40"]);
    // Without a terminal it needs to be told which.
    command.env("TERM", "dumb").current_dir(folder.path());
    let log = fs::File::create(folder.path().join("log")).expect("a file");
    command.stdout(log.try_clone().expect("a file")).stderr(log).stdin(Stdio::null());
    let child = command.spawn().expect("sipp starts");
    std::thread::sleep(Duration::from_millis(500));
    Peer { child, _folder: folder }
}

impl Peer {
    /// Waits until the program ends by itself.
    pub fn code(&mut self) -> Option<i32> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(45) {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

/// Kamailio with the configuration of this folder: registrar, record-routing proxy, over TCP also MSRP relay. With its address.
pub fn kamailio(transport: &str, algorithm: &str) -> (Peer, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let text = fs::read_to_string(file("kamailio.cfg")).expect("a configuration");
    let text = text.replace("@PORT@", &port.to_string()).replace("@TRANSPORT@", transport);
    let text = text.replace("@DISABLE_TCP@", if transport == "udp" { "yes" } else { "no" });
    let config = folder.path().join("kamailio.cfg");
    fs::write(&config, text.replace("@ALGORITHM@", algorithm)).expect("a file");
    let log = fs::File::create(folder.path().join("log")).expect("a file");
    let child = Command::new("kamailio")
        .args(if transport == "tcp" { &["-A", "WITH_MSRP"][..] } else { &[] })
        .arg("-f")
        .arg(&config)
        .args(["-DD", "-E", "-m", "64", "-M", "8", "-Y"])
        .arg(folder.path())
        .arg("-P")
        .arg(folder.path().join("pid"))
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .stdin(Stdio::null())
        .spawn()
        .expect("kamailio starts");
    let address = format!("127.0.0.1:{port}");
    let peer = Peer { child, _folder: folder };
    wait_for(&address, transport);
    (peer, address)
}

/// Waits until somebody answers OPTIONS, or accepts connections.
fn wait_for(address: &str, transport: &str) {
    let started = Instant::now();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let own = socket.local_addr().expect("an address");
    let text = format!(
        "OPTIONS sip:{address} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKwait;rport\r\nFrom: <sip:t@{own}>;tag=1\r\n\
         To: <sip:{address}>\r\nCall-ID: wait\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n"
    );
    while started.elapsed() < Duration::from_secs(15) {
        if transport == "tcp" {
            if std::net::TcpStream::connect(address).is_ok() {
                return;
            }
        } else {
            let _ = socket.send_to(text.as_bytes(), address);
            if socket.recv(&mut [0; 2048]).is_ok() {
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nobody answers at {address}");
}
