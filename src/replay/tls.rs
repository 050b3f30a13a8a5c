//! SIP over TLS, for the driver.

use std::io;
use std::net::IpAddr;

use mio::net::TcpStream;

/// One TLS connection over a socket that does not block. A `WouldBlock` means the same as without TLS.
pub trait Tls {
    fn read(&mut self, stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize>;
    /// Also takes the handshake on; empty `bytes` are only for that.
    fn write(&mut self, stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize>;
}

/// Certificates.
pub struct Config {}

impl Config {
    pub fn client(&self, _host: IpAddr) -> Option<Box<dyn Tls>> {
        None
    }

    pub fn server(&self) -> Option<Box<dyn Tls>> {
        None
    }
}
