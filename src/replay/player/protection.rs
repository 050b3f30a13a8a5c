//! Is the MSRP of a leg protected by TLS, and is the far end who its SDP says it is (RFC 4975 §14, RFC 8122)?

use std::net::SocketAddr;

use super::*;
use crate::replay::fingerprint;

/// How a far end that opened an MSRP connection came, and the certificate that it showed (DER).
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub is_tls: bool,
    pub certificate: Option<Vec<u8>>,
}

impl Player {
    /// Settles whether the leg goes over TLS, before the first SDP of ours is written.
    pub(super) fn choose_protection(&mut self, leg: usize) {
        // An answer is as the offer was (RFC 3264 §6).
        let is_answer = !self.legs[leg].peer_path.is_empty();
        let wanted = if is_answer { self.legs[leg].peer_tls } else { self.settings.msrp_tls };
        self.legs[leg].own_tls = wanted && self.local.msrps.is_some();
        if wanted && !self.legs[leg].own_tls {
            self.note("MSRP over TLS was offered, and there is no certificate (--cert) to answer it with".into());
        }
    }

    /// Where connections of the leg arrive here.
    pub(super) fn msrp_address(&self, leg: usize) -> SocketAddr {
        self.local.msrps.filter(|_| self.legs[leg].own_tls).unwrap_or(self.local.msrp)
    }

    /// Is the answer to an offer of ours as the offer was?
    pub(super) fn judge_protection(&self, leg: usize, came: &Came<'_>) -> Option<Difference> {
        let state = &self.legs[leg];
        let answer = came.media().filter(|media| state.own_offers && media.port != Some(0))?;
        let proto = |is_tls: bool| if is_tls { "TCP/TLS/MSRP" } else { "TCP/MSRP" }.to_owned();
        (answer.is_tls != state.own_tls).then(|| Difference {
            what: "MSRP transport".into(),
            expected: proto(state.own_tls),
            got: proto(answer.is_tls),
        })
    }

    /// Why a connection of the far end is none for this leg: it is to be protected and is not, or by another's certificate.
    pub fn objection(&self, leg: usize, shown: &Shown) -> Option<String> {
        let state = &self.legs[leg];
        if state.own_tls != shown.is_tls {
            let [wanted, other] = if state.own_tls { ["TLS", "TCP"] } else { ["TCP", "TLS"] };
            return Some(format!("the far end came over {other} where {wanted} was agreed on"));
        }
        if state.peer_fingerprints.is_empty() || !state.own_tls {
            return None;
        }
        match &shown.certificate {
            None => Some("the far end told a fingerprint and showed no certificate".into()),
            Some(certificate) => {
                (!fingerprint::matches(&state.peer_fingerprints, certificate)).then(|| fingerprint::UNLIKE.into())
            }
        }
    }
}
