//! Servers that answer wrongly. Each runs on a thread of its own until the test process ends.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

fn socket() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("an address").to_string();
    (socket, address)
}

/// Never answers.
pub fn silent() -> String {
    let (socket, address) = socket();
    thread::spawn(move || {
        let mut buffer = [0; 65_535];
        while socket.recv_from(&mut buffer).is_ok() {}
    });
    address
}

/// Answers with bytes that are no SIP.
pub fn garbage() -> String {
    let (socket, address) = socket();
    thread::spawn(move || {
        let mut buffer = [0; 65_535];
        while let Ok((len, from)) = socket.recv_from(&mut buffer) {
            let noise: Vec<u8> = buffer[..len].iter().map(|byte| byte.wrapping_mul(31) ^ 0x5a).collect();
            let _ = socket.send_to(&noise, from);
            let _ = socket.send_to(b"SIP/2.0 xxx\r\nVia: ,;=\r\n\r\n", from);
        }
    });
    address
}

pub fn garbage_over_tcp() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut stream = stream;
                let mut buffer = [0; 4096];
                while let Ok(1..) = stream.read(&mut buffer) {
                    let _ = stream.write_all(&[0x16, 0x03, 0x01, b'\n', 0xff].repeat(2_000));
                }
            });
        }
    });
    address
}

/// Sends without end: responses to nothing, requests of strangers, and noise.
pub fn flood() -> String {
    let (socket, address) = socket();
    thread::spawn(move || {
        let mut buffer = [0; 65_535];
        let Ok((_, from)) = socket.recv_from(&mut buffer) else { return };
        let started = Instant::now();
        let mut number = 0u64;
        while started.elapsed() < Duration::from_secs(20) {
            number += 1;
            let text = match number % 3 {
                0 => format!(
                    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK{number}\r\nCall-ID: {number}\r\nCSeq: 1 INVITE\r\n\r\n"
                ),
                1 => format!(
                    "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK{number}\r\nFrom: <sip:y>;tag=1\r\nTo: <sip:x>\r\nCall-ID: {number}\r\nCSeq: 1 INVITE\r\n\r\n"
                ),
                _ => format!("noise {number}"),
            };
            let _ = socket.send_to(text.as_bytes(), from);
        }
    });
    address
}

/// Accepts INVITEs, and closes each MSRP connection as soon as something comes over it.
pub fn closes_msrp() -> String {
    let (socket, address) = socket();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1024]);
        }
    });
    let contact = address.clone();
    thread::spawn(move || {
        let mut buffer = [0; 65_535];
        while let Ok((len, from)) = socket.recv_from(&mut buffer) {
            let request = String::from_utf8_lossy(&buffer[..len]).into_owned();
            if !request.starts_with("INVITE ") && !request.starts_with("BYE ") {
                continue;
            }
            let mut answer = String::from("SIP/2.0 200 OK\r\n");
            for line in request.lines().take_while(|line| !line.is_empty()) {
                let name = line.split(':').next().unwrap_or_default();
                match name {
                    "To" if !line.contains(";tag=") => answer.push_str(&format!("{line};tag=fake\r\n")),
                    "Via" | "From" | "To" | "Call-ID" | "CSeq" | "Contribution-ID" | "Conversation-ID" => {
                        answer.push_str(&format!("{line}\r\n"));
                    }
                    _ => {}
                }
            }
            let sdp = if request.starts_with("INVITE ") {
                answer
                    .push_str(&format!("Contact: <sip:focus@{contact}>;isfocus\r\nContent-Type: application/sdp\r\n"));
                format!(
                    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message {port} TCP/MSRP *\r\na=accept-types:message/cpim application/conference-info+xml\r\na=path:msrp://127.0.0.1:{port}/fake;tcp\r\na=setup:passive\r\n"
                )
            } else {
                String::new()
            };
            answer.push_str(&format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len()));
            let _ = socket.send_to(answer.as_bytes(), from);
        }
    });
    address
}
