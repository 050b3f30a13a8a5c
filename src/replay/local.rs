//! Where an end can be reached, and how its SIP is carried.

use std::net::SocketAddr;

/// How SIP is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
}

impl Transport {
    /// As in a Via field.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }

    /// The parameter of a URI that is reached so; UDP goes without saying.
    pub fn parameter(self) -> &'static str {
        match self {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        }
    }

    /// Nothing is lost, so nothing is sent again.
    pub fn is_reliable(self) -> bool {
        self != Transport::Udp
    }
}

/// Where this end can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub sip: SocketAddr,
    pub msrp: SocketAddr,
    /// Where MSRP connections over TLS arrive, if it has a certificate.
    pub msrps: Option<SocketAddr>,
    pub transport: Transport,
}
