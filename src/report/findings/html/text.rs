//! Text for the page: escaped, and the Markdown of the rules' documentation.

use std::fmt;

use crate::view::terminal;

/// Text in HTML, as content or between double quotes: markup escaped, control characters written out.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in terminal(self.0).chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => write!(f, "{character}")?,
            }
        }
        Ok(())
    }
}

/// Text of several lines: their ends stay.
pub struct Lines<'a>(pub &'a str);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in self.0.split('\n').enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}", Text(line.strip_suffix('\r').unwrap_or(line)))?;
        }
        Ok(())
    }
}

/// As much Markdown as the documentation of rules uses: headings, paragraphs, lists, `code` and fenced blocks.
pub struct Markdown<'a>(pub &'a str);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut open = "";
        let mut lines = self.0.lines();
        while let Some(line) = lines.next() {
            let wanted = match line {
                _ if line.starts_with("```") || line.starts_with('#') || line.trim().is_empty() => "",
                _ if line.starts_with("- ") => "ul",
                _ if open == "ul" && line.starts_with("  ") => "ul",
                _ => "p",
            };
            if open != wanted {
                close(f, open)?;
                open = wanted;
                match open {
                    "ul" => f.write_str("<ul>")?,
                    "p" => f.write_str("<p>")?,
                    _ => {}
                }
            }
            if line.starts_with("```") {
                f.write_str("<pre>")?;
                for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                    writeln!(f, "{}", Text(line))?;
                }
                f.write_str("</pre>")?;
            } else if line.starts_with('#') {
                write!(f, "<h5>{}</h5>", Text(line.trim_start_matches('#').trim()))?;
            } else if let Some(item) = line.strip_prefix("- ") {
                writeln!(f, "<li>{}", Inline(item))?;
            } else {
                writeln!(f, "{}", Inline(line.trim()))?;
            }
        }
        close(f, open)
    }
}

/// One line with `code` in it.
pub struct Inline<'a>(pub &'a str);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, part) in self.0.split('`').enumerate() {
            match number % 2 {
                0 => write!(f, "{}", Text(part))?,
                _ => write!(f, "<code>{}</code>", Text(part))?,
            }
        }
        Ok(())
    }
}

fn close(f: &mut fmt::Formatter<'_>, open: &str) -> fmt::Result {
    if open.is_empty() { Ok(()) } else { write!(f, "</{open}>") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_cannot_write_markup() {
        let text = Text("<img src=x onerror=\"a()\">&'\u{202e}\u{1b}").to_string();
        assert_eq!(text, "&lt;img src=x onerror=&quot;a()&quot;&gt;&amp;&#39;\\u{202e}\\x1b");
        assert_eq!(Lines("a<\r\nb\u{0}").to_string(), "a&lt;\nb\\x00");
    }

    #[test]
    fn the_markdown_of_rules_is_drawn() {
        let html = Markdown("## Why\nOne `a<b`\ntwo.\n\n- x\n  more\n- y\n```xml\n<a>\n```\n").to_string();
        assert_eq!(
            html,
            "<h5>Why</h5><p>One <code>a&lt;b</code>\ntwo.\n</p>\n<ul><li>x\nmore\n<li>y\n</ul><pre>&lt;a&gt;\n</pre>"
        );
    }
}
