//! The schema of RFC 4575 §6 as a table: which elements and attributes stand where, and what is in them.

/// What a value has to look like.
#[derive(Clone, Copy, Debug)]
pub enum Lexical {
    /// Any text, or one that a rule of its own looks at.
    Any,
    Boolean,
    DateTime,
    OneOf(&'static [&'static str]),
}

/// What is in an element.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    Text(Lexical),
    Elements(&'static Type),
}

/// An element inside of another one.
#[derive(Debug)]
pub struct Child {
    pub name: &'static str,
    /// May it be there more than once?
    pub many: bool,
    pub content: Content,
}

/// A complex type: its children in their order.
#[derive(Debug)]
pub struct Type {
    pub attributes: &'static [(&'static str, Lexical)],
    pub children: &'static [Child],
    /// Attributes and children without which the element means nothing, and of which no other rule says that they are missing.
    pub required: &'static [&'static str],
    /// Children that a rule of its own misses.
    pub missed: &'static [&'static str],
}

const fn text(name: &'static str) -> Child {
    Child { name, many: false, content: Content::Text(Lexical::Any) }
}

const fn value(name: &'static str, lexical: Lexical) -> Child {
    Child { name, many: false, content: Content::Text(lexical) }
}

const fn one(name: &'static str, of: &'static Type) -> Child {
    Child { name, many: false, content: Content::Elements(of) }
}

const fn many(name: &'static str, of: &'static Type) -> Child {
    Child { name, many: true, content: Content::Elements(of) }
}

const STATE: Lexical = Lexical::OneOf(&["full", "partial", "deleted"]);
const MEDIA_STATUS: Lexical = Lexical::OneOf(&["sendrecv", "sendonly", "recvonly", "inactive"]);
const JOINING_METHOD: Lexical = Lexical::OneOf(&["dialed-in", "dialed-out", "focus-owner"]);

/// The state of the root and of `users`, and the version, have rules of their own.
pub static ROOT: Type = Type {
    attributes: &[("entity", Lexical::Any), ("state", Lexical::Any), ("version", Lexical::Any)],
    children: &[
        one("conference-description", &DESCRIPTION),
        one("host-info", &HOST_INFO),
        one("conference-state", &CONFERENCE_STATE),
        one("users", &USERS),
        one("sidebars-by-ref", &URIS),
        one("sidebars-by-val", &SIDEBARS),
    ],
    required: &[],
    missed: &["conference-description", "conference-state", "users"],
};

static DESCRIPTION: Type = Type {
    attributes: &[],
    children: &[
        text("display-text"),
        text("subject"),
        text("free-text"),
        text("keywords"),
        one("conf-uris", &URIS),
        one("service-uris", &URIS),
        text("maximum-user-count"),
        one("available-media", &AVAILABLE_MEDIA),
    ],
    required: &[],
    missed: &["maximum-user-count"],
};

static AVAILABLE_MEDIA: Type =
    Type { attributes: &[], children: &[many("entry", &AVAILABLE_MEDIUM)], required: &["entry"], missed: &[] };

static AVAILABLE_MEDIUM: Type = Type {
    attributes: &[("label", Lexical::Any)],
    children: &[text("display-text"), text("type"), value("status", MEDIA_STATUS)],
    required: &["label", "type"],
    missed: &[],
};

static HOST_INFO: Type = Type {
    attributes: &[],
    children: &[text("display-text"), text("web-page"), one("uris", &URIS)],
    required: &[],
    missed: &[],
};

static CONFERENCE_STATE: Type = Type {
    attributes: &[],
    children: &[text("user-count"), value("active", Lexical::Boolean), value("locked", Lexical::Boolean)],
    required: &[],
    missed: &["user-count"],
};

static USERS: Type =
    Type { attributes: &[("state", Lexical::Any)], children: &[many("user", &USER)], required: &[], missed: &[] };

static USER: Type = Type {
    attributes: &[("entity", Lexical::Any), ("state", STATE)],
    children: &[
        text("display-text"),
        one("associated-aors", &URIS),
        one("roles", &ROLES),
        text("languages"),
        text("cascaded-focus"),
        many("endpoint", &ENDPOINT),
    ],
    required: &[],
    missed: &["endpoint"],
};

static ROLES: Type = Type {
    attributes: &[],
    children: &[Child { name: "entry", many: true, content: Content::Text(Lexical::Any) }],
    required: &[],
    missed: &["entry"],
};

/// Values of status and disconnection-method have rules of their own.
static ENDPOINT: Type = Type {
    attributes: &[("entity", Lexical::Any), ("state", STATE)],
    children: &[
        text("display-text"),
        one("referred", &EXECUTION),
        text("status"),
        value("joining-method", JOINING_METHOD),
        one("joining-info", &EXECUTION_OF_RULES),
        text("disconnection-method"),
        one("disconnection-info", &EXECUTION_OF_RULES),
        many("media", &MEDIA),
        one("call-info", &CALL_INFO),
    ],
    required: &[],
    missed: &["status"],
};

static EXECUTION: Type = Type {
    attributes: &[],
    children: &[value("when", Lexical::DateTime), text("reason"), text("by")],
    required: &[],
    missed: &[],
};

/// Of joining-info and disconnection-info, whose children have rules of their own.
static EXECUTION_OF_RULES: Type =
    Type { attributes: &[], children: &[text("when"), text("reason"), text("by")], required: &[], missed: &["when"] };

static MEDIA: Type = Type {
    attributes: &[("id", Lexical::Any)],
    children: &[text("display-text"), text("type"), text("label"), text("src-id"), value("status", MEDIA_STATUS)],
    required: &["id"],
    missed: &[],
};

static CALL_INFO: Type = Type { attributes: &[], children: &[one("sip", &CALL)], required: &[], missed: &[] };

static CALL: Type = Type {
    attributes: &[],
    children: &[text("display-text"), text("call-id"), text("from-tag"), text("to-tag")],
    required: &["call-id", "from-tag", "to-tag"],
    missed: &[],
};

static URIS: Type =
    Type { attributes: &[("state", STATE)], children: &[many("entry", &URI)], required: &[], missed: &[] };

static URI: Type = Type {
    attributes: &[],
    children: &[text("uri"), text("display-text"), text("purpose"), one("modified", &EXECUTION)],
    required: &["uri"],
    missed: &[],
};

static SIDEBARS: Type =
    Type { attributes: &[("state", STATE)], children: &[many("entry", &SIDEBAR)], required: &[], missed: &[] };

/// As the root, but nothing misses what is not there.
static SIDEBAR: Type = Type {
    attributes: &[("entity", Lexical::Any), ("state", STATE), ("version", Lexical::Any)],
    children: ROOT.children,
    required: &["entity"],
    missed: &[],
};
