//! Capture filters: a libpcap expression, compiled once for each link type that occurs.

use super::{LinkType, OpenError};

/// A filter that decides frame by frame.
#[cfg(feature = "pcap")]
pub(super) struct Filter {
    expression: String,
    /// For each link type met so far; without a program where the expression makes no sense for it.
    programs: Vec<(LinkType, Option<pcap::BpfProgram>)>,
}

/// Programs cannot be cloned: they are made anew when they are needed.
#[cfg(feature = "pcap")]
impl Clone for Filter {
    fn clone(&self) -> Filter {
        Filter { expression: self.expression.clone(), programs: vec![] }
    }
}

/// Without libpcap there is no filter.
#[cfg(not(feature = "pcap"))]
#[derive(Clone)]
pub(super) enum Filter {}

#[cfg(not(feature = "pcap"))]
impl Filter {
    pub fn new(_expression: &str, _link: LinkType) -> Result<Filter, OpenError> {
        Err(OpenError::FilterUnsupported)
    }

    pub fn passes(&mut self, _link: LinkType, _bytes: &[u8]) -> Result<bool, OpenError> {
        match *self {}
    }
}

#[cfg(feature = "pcap")]
impl Filter {
    /// Compiles `expression` for `link`, which tells whether it is an expression at all.
    pub fn new(expression: &str, link: LinkType) -> Result<Filter, OpenError> {
        let program = compile(expression, link)?;
        Ok(Filter { expression: expression.to_string(), programs: vec![(link, Some(program))] })
    }

    /// Whether a frame passes. The error comes once per link type; afterwards its frames do not pass.
    ///
    /// The crate `pcap` takes the captured length for the length on the wire: in frames cut by the capture, `len`,
    /// `greater` and `less` see the former.
    pub fn passes(&mut self, link: LinkType, bytes: &[u8]) -> Result<bool, OpenError> {
        if let Some((_, program)) = self.programs.iter().find(|(its_link, _)| *its_link == link) {
            return Ok(program.as_ref().is_some_and(|program| program.filter(bytes)));
        }
        let program = compile(&self.expression, link);
        let (program, passes) = match program {
            Ok(program) => {
                let passes = program.filter(bytes);
                (Some(program), Ok(passes))
            }
            Err(error) => (None, Err(error)),
        };
        self.programs.push((link, program));
        passes
    }
}

#[cfg(feature = "pcap")]
fn compile(expression: &str, link: LinkType) -> Result<pcap::BpfProgram, OpenError> {
    let fail = |error: pcap::Error| OpenError::Filter {
        expression: expression.to_string(),
        reason: match error {
            pcap::Error::PcapError(reason) => format!("{reason} (link type {link})"),
            other => other.to_string(),
        },
    };
    pcap::Capture::dead(dlt(link)).and_then(|dead| dead.compile(expression, true)).map_err(fail)
}

/// libpcap's own number for a link type: they differ where DLT_ values differ between platforms.
#[cfg(feature = "pcap")]
fn dlt(link: LinkType) -> pcap::Linktype {
    match link {
        // `pcap/dlt.h`: 14 on OpenBSD, 12 on all others.
        LinkType::RAW if cfg!(target_os = "openbsd") => pcap::Linktype(14),
        LinkType::RAW => pcap::Linktype(12),
        LinkType(other) => pcap::Linktype(other.into()),
    }
}
