//! The values that RFC 4575 names. They are case-sensitive; another value is no error here, the text beside it says what it was.

use crate::wire::xml::Text;

macro_rules! values {
    ($(#[$doc:meta])* $name:ident { $($value:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($value,)* }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$value,)*];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$value => $text,)* }
            }

            /// `None` where there is no such value.
            pub fn parse(text: &Text) -> Option<$name> {
                $name::ALL.iter().copied().find(|value| value.as_str() == text.value)
            }
        }
    };
}

values! {
    /// How an element relates to what was sent before (RFC 4575 §4.4).
    State { Full = "full", Partial = "partial", Deleted = "deleted", }
}

values! {
    /// RFC 4575 §5.7.3.
    EndpointStatus {
        Connected = "connected",
        Disconnected = "disconnected",
        OnHold = "on-hold",
        MutedViaFocus = "muted-via-focus",
        Pending = "pending",
        Alerting = "alerting",
        DialingIn = "dialing-in",
        DialingOut = "dialing-out",
        Disconnecting = "disconnecting",
    }
}

values! {
    /// RFC 4575 §5.7.4.
    JoiningMethod { DialedIn = "dialed-in", DialedOut = "dialed-out", FocusOwner = "focus-owner", }
}

values! {
    /// RFC 4575 §5.7.6.
    DisconnectionMethod { Departed = "departed", Booted = "booted", Failed = "failed", Busy = "busy", }
}

values! {
    /// RFC 4575 §5.8.5.
    MediaStatus { SendRecv = "sendrecv", SendOnly = "sendonly", RecvOnly = "recvonly", Inactive = "inactive", }
}

impl State {
    /// What a `state` attribute means; where it is missing, [`State::Full`]. `None` for a value that RFC 4575 does not know.
    pub fn of(attribute: Option<&Text>) -> Option<State> {
        attribute.map_or(Some(State::Full), State::parse)
    }
}
