//! Traffic that has nothing to do with the story.

use std::net::{IpAddr, SocketAddr};

use super::Frame;
use super::ip::{Framer, ICMP, Segment, TCP, UDP, checksum, sum_of, tcp, udp};
use crate::random::Random;

const DNS_SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 253));
const WEB_SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 80));

/// One foreign packet.
pub(super) fn packet(time_us: u64, framer: &mut Framer, random: &mut Random) -> Frame {
    let client = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, random.range(200, 250) as u8));
    let port = random.range(40_000, 60_000) as u16;
    let (to, protocol, payload) = match random.range(0, 4) {
        0 => {
            let id = random.word() as u16;
            let mut query = id.to_be_bytes().to_vec();
            query.extend_from_slice(
                b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03net\x00\x00\x01\x00\x01",
            );
            (DNS_SERVER, UDP, udp(SocketAddr::new(client, port), SocketAddr::new(DNS_SERVER, 53), &query))
        }
        1 => {
            let mut echo = vec![8, 0, 0, 0, 0, 1, 0, 1];
            echo.extend((0..56).map(|_| random.word() as u8));
            let sum = checksum(sum_of(&echo));
            echo[2..4].copy_from_slice(&sum.to_be_bytes());
            (WEB_SERVER, ICMP, echo)
        }
        2 => {
            let text = format!("GET /{} HTTP/1.1\r\nHost: www.example.net\r\n\r\n", random.hex(40));
            let (seq, ack) = (random.word() as u32, random.word() as u32);
            let segment = Segment { seq, ack, flags: 24, options: &[], payload: text.as_bytes() };
            (WEB_SERVER, TCP, tcp(SocketAddr::new(client, port), SocketAddr::new(WEB_SERVER, 80), &segment))
        }
        _ => {
            // RTP, payload type 8.
            let mut rtp = vec![0x80, 8];
            rtp.extend((0..170).map(|_| random.word() as u8));
            (WEB_SERVER, UDP, udp(SocketAddr::new(client, port & !1), SocketAddr::new(WEB_SERVER, 16_384), &rtp))
        }
    };
    let mut frames = framer.datagram(client, to, protocol, &payload);
    Frame::new(time_us, frames.swap_remove(0), Vec::new())
}
