//! What is odd in a body: kept and noted by its reader, for others to judge.

use std::ops::Range;

/// Something odd in a body, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The bytes concerned, counted from the start of what was given to the reader; empty where something is missing.
    pub range: Range<usize>,
    pub what: Oddity,
}

macro_rules! oddities {
    ($($(#[$doc:meta])* $oddity:ident = $text:literal,)*) => {
        /// The kinds of defects; [`Oddity::as_str`] says it to the user.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Oddity { $($(#[$doc])* $oddity,)* }

        impl Oddity {
            pub fn as_str(self) -> &'static str {
                match self { $(Oddity::$oddity => $text,)* }
            }
        }
    };
}

oddities! {
    // Headers
    HeaderWithoutColon = "a header line without a colon",
    HeadersUnfinished = "the data ends inside the headers",
    TooManyHeaders = "more headers than are read",
    BlankLineMissing = "no blank line between the headers and the body",
    LeadingBlankLine = "a blank line before the headers",
    ContentLengthNotANumber = "Content-Length is not a number",
    ContentLengthTooSmall = "Content-Length is smaller than the body",
    ContentLengthTooLarge = "Content-Length is larger than the body",
    NotUtf8 = "text that is not UTF-8",
    // Multipart, RFC 2046
    BoundaryGuessed = "no boundary parameter; the first line was taken for the boundary",
    CloseBoundaryMissing = "the closing boundary is missing",
    NestedTooDeep = "a multipart nested deeper than is read",
    NestedUnreadable = "a nested multipart that cannot be read",
    TooManyParts = "more parts than are read",
    // CPIM, RFC 3862
    HeaderNameCase = "a header name in the wrong case (RFC 3862 §3)",
    PrefixUndeclared = "a header prefix that no NS header declares",
    PrefixDeclaredLater = "a header prefix used before the NS header that declares it (RFC 3862 §3.4)",
    CoreNameInOtherNamespace = "a CPIM header without prefix after an NS header that changed the default namespace",
    BadNamespace = "an NS header without a URI in angle brackets (RFC 3862 §4.6)",
    ContentHeadersMissing = "no MIME headers before the content (RFC 3862 §2.4)",
    ContentHeadersNotSeparated = "the content's MIME headers stand among the message headers (RFC 3862 §2)",
    // SDP, RFC 8866
    NotAnSdpLine = "a line that is not of the form x=value (RFC 8866 §5)",
    TooManyLines = "more lines than are read",
    BadOrigin = "an o= line without its six fields (RFC 8866 §5.2)",
    BadConnection = "a c= line without its three fields (RFC 8866 §5.7)",
    BadMedia = "an m= line without its four fields (RFC 8866 §5.14)",
    BadPort = "the port of an m= line is not a port number",
    // XML 1.0 and Namespaces in XML
    NotWellFormed = "XML that is not well-formed; what follows was not read",
    UnclosedElement = "an element that is not closed when the data ends",
    SecondRoot = "a second root element; what follows was not read",
    TextOutsideRoot = "text outside of the root element",
    TextBetweenElements = "text between elements where none belongs",
    Doctype = "a document type declaration, which was ignored",
    OtherEncoding = "the XML declaration names an encoding other than UTF-8",
    UnknownEntity = "an entity other than the five of XML, left as it stands",
    IllegalCharacter = "a control character that XML does not allow",
    BadAttribute = "an attribute that is not of the form name=\"value\"",
    DuplicateAttribute = "an attribute that the element has already",
    TooManyAttributes = "more attributes than are read",
    TooManyElements = "more elements than are read",
    XmlTooDeep = "elements nested deeper than is read",
    PrefixUnbound = "a namespace prefix that is not bound",
    NamespaceMissing = "a document without the namespace of its kind",
    DuplicateElement = "an element that may occur only once occurs again",
    AttributeMissing = "an attribute that must be there is missing",
    ElementMissing = "an element that must be there is missing",
}

/// How many defects of one body are kept; a hostile one can have one per byte.
pub const MAX_DEFECTS: usize = 256;

/// The defects of one body, in the order in which its reader met them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defects {
    list: Vec<Defect>,
    /// How many more there were than are kept.
    pub beyond: usize,
}

impl Defects {
    pub fn note(&mut self, range: Range<usize>, what: Oddity) {
        if self.list.len() < MAX_DEFECTS {
            self.list.push(Defect { range, what });
        } else {
            self.beyond += 1;
        }
    }

    /// Is there a defect of this kind among those kept?
    pub fn has(&self, what: Oddity) -> bool {
        self.list.iter().any(|defect| defect.what == what)
    }
}

impl std::ops::Deref for Defects {
    type Target = [Defect];

    fn deref(&self) -> &[Defect] {
        &self.list
    }
}
