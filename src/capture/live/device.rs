//! The devices that there are to capture on.

use std::net::IpAddr;

use super::LiveError;

/// A device that packets can be captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What [`super::LiveOptions::interfaces`] takes.
    pub name: String,
    /// What the system calls it, if it says so.
    pub description: Option<String>,
    pub addresses: Vec<IpAddr>,
    pub is_up: bool,
    pub is_loopback: bool,
}

/// All devices, in the order of the system: those that are up come first.
#[cfg(feature = "pcap")]
pub fn devices() -> Result<Vec<Device>, LiveError> {
    let list = pcap::Device::list().map_err(|error| LiveError::List(super::listen::reason(error)))?;
    let device = |device: pcap::Device| Device {
        addresses: device.addresses.iter().map(|address| address.addr).collect(),
        is_up: device.flags.is_up(),
        is_loopback: device.flags.is_loopback(),
        name: device.name,
        description: device.desc,
    };
    Ok(list.into_iter().map(device).collect())
}

/// Without libpcap there are none.
#[cfg(not(feature = "pcap"))]
pub fn devices() -> Result<Vec<Device>, LiveError> {
    Err(LiveError::Unsupported)
}
