//! What the prefixes of a document stand for (Namespaces in XML §6).

/// How many declarations may be in force at one place: each name is compared with them.
const MAX_DECLARATIONS: usize = 128;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// The declarations in force, outermost first.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    declarations: Vec<Declaration<'a>>,
}

#[derive(Debug)]
struct Declaration<'a> {
    /// How many elements are around the one that it stands in.
    depth: usize,
    /// Empty for the default namespace.
    prefix: &'a str,
    /// Empty where a declaration is taken back.
    uri: &'a str,
}

/// A declaration that may not be (Namespaces in XML §3), or one too many.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAllowed;

/// A prefix that stands for nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unbound;

/// The prefix that an attribute of this name declares; empty for the default namespace.
pub(super) fn declared_prefix(attribute: &str) -> Option<&str> {
    let rest = attribute.strip_prefix("xmlns")?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
}

impl<'a> Scope<'a> {
    /// Takes in a declaration of an element that has `depth` others around it.
    pub fn declare(&mut self, depth: usize, prefix: &'a str, uri: &'a str) -> Result<(), NotAllowed> {
        match prefix {
            "xml" if uri == XML => return Ok(()),
            "xml" | "xmlns" => return Err(NotAllowed),
            _ if !prefix.is_empty() && (uri == XML || uri == XMLNS) => return Err(NotAllowed),
            _ if self.declarations.len() == MAX_DECLARATIONS => return Err(NotAllowed),
            _ => self.declarations.push(Declaration { depth, prefix, uri }),
        }
        Ok(())
    }

    /// Forgets the declarations of the element that has `depth` others around it.
    pub fn leave(&mut self, depth: usize) {
        while self.declarations.last().is_some_and(|last| last.depth >= depth) {
            self.declarations.pop();
        }
    }

    /// The namespace of an element without a prefix.
    pub fn default_namespace(&self) -> Option<&'a str> {
        self.find("").filter(|uri| !uri.is_empty())
    }

    /// The namespace that a prefix stands for.
    pub fn namespace(&self, prefix: &str) -> Result<&'a str, Unbound> {
        let found = match prefix {
            "" => None,
            "xml" => Some(XML),
            "xmlns" => Some(XMLNS),
            _ => self.find(prefix).filter(|uri| !uri.is_empty()),
        };
        found.ok_or(Unbound)
    }

    fn find(&self, prefix: &str) -> Option<&'a str> {
        let mut innermost_first = self.declarations.iter().rev();
        innermost_first.find(|declaration| declaration.prefix == prefix).map(|declaration| declaration.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_declarations_hide_outer_ones_and_end_with_their_element() {
        let mut scope = Scope::default();
        scope.declare(0, "", "urn:a").unwrap();
        scope.declare(0, "p", "urn:b").unwrap();
        scope.declare(1, "", "").unwrap();
        scope.declare(1, "p", "urn:c").unwrap();
        assert_eq!((scope.default_namespace(), scope.namespace("p")), (None, Ok("urn:c")));
        scope.leave(1);
        assert_eq!((scope.default_namespace(), scope.namespace("p")), (Some("urn:a"), Ok("urn:b")));
        scope.declare(1, "p", "").unwrap();
        assert!(["p", "q", ""].iter().all(|prefix| scope.namespace(prefix) == Err(Unbound)));
        assert_eq!((scope.namespace("xml"), scope.namespace("xmlns")), (Ok(XML), Ok(XMLNS)));
    }

    #[test]
    fn reserved_prefixes_and_namespaces_stay_what_they_are() {
        let mut scope = Scope::default();
        assert_eq!(scope.declare(0, "xml", XML), Ok(()));
        for (prefix, uri) in [("xml", "urn:a"), ("xmlns", XMLNS), ("p", XML), ("p", XMLNS)] {
            assert_eq!(scope.declare(0, prefix, uri), Err(NotAllowed), "{prefix}");
        }
    }

    #[test]
    fn declarations_are_limited() {
        let mut scope = Scope::default();
        assert!((0..MAX_DECLARATIONS).all(|depth| scope.declare(depth, "p", "urn:a").is_ok()));
        assert_eq!(scope.declare(MAX_DECLARATIONS, "p", "urn:a"), Err(NotAllowed));
    }
}
