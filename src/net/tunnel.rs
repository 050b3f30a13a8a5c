//! Tunnels: IP packets that carry IP packets. **The place to add one.**
//!
//! In comes the payload of an IP packet, out comes where the next IP header begins in it; [`super::decode`] goes on
//! there. Only whole, unfragmented packets come here. A tunnel over UDP is recognised by looking into the payload of
//! protocol 17.

/// Tunnels inside tunnels that are followed in one frame: mobile cores nest two or three.
pub(super) const MAX_DEPTH: usize = 4;

/// Where in `payload` the tunnelled IP header begins, if `protocol` (IANA protocol numbers) is a tunnel.
pub(super) fn inner_ip(protocol: u8, _payload: &[u8]) -> Option<usize> {
    match protocol {
        // IPv4 (RFC 2003, RFC 2473) and IPv6 (RFC 4213) directly inside IP.
        4 | 41 => Some(0),
        _ => None,
    }
}
