//! The guide's Markdown as inert HTML.
//!
//! **Invariant:** raw HTML is shown as text, pictures are left out (they would be fetched from elsewhere), and a link leads to
//! a web page, a mail address or a place on this server.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The guide as HTML. Line breaks are kept, since most guides are written as plain lines.
pub fn render(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut links: Vec<bool> = Vec::new();
    let events = Parser::new_ext(markdown, options).filter_map(move |event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::SoftBreak => Some(Event::HardBreak),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { dest_url, link_type, title, id }) => {
            let good = harmless(&dest_url);
            links.push(good);
            good.then_some(Event::Start(Tag::Link { dest_url, link_type, title, id }))
        }
        Event::End(TagEnd::Link) => links.pop().unwrap_or(false).then_some(Event::End(TagEnd::Link)),
        // Below the page's own headings.
        Event::Start(Tag::Heading { level, .. }) => {
            Some(Event::Start(Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lower(level)))),
        other => Some(other),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        _ => HeadingLevel::H5,
    }
}

fn harmless(address: &str) -> bool {
    let address = address.trim();
    let local = address.starts_with('/') && !address.starts_with("//") && !address.contains('\\');
    let lower = address.to_ascii_lowercase();
    local || ["https://", "http://", "mailto:"].iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_with_its_lines_kept() {
        let html = render(
            "# What is what\n\n**clean**: nothing\nscratch: a *line*\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        );
        assert!(html.contains("<h3>What is what</h3>"), "{html}");
        assert!(html.contains("<strong>clean</strong>: nothing<br />\nscratch: a <em>line</em>"), "{html}");
        assert!(html.contains("<li>one</li>") && html.contains("<table>"), "{html}");
    }

    #[test]
    fn nothing_in_a_guide_runs_or_is_fetched_from_elsewhere() {
        for hostile in [
            "<script>alert(1)</script>",
            "text <img src=x onerror=alert(1)> text",
            "<iframe src=\"https://elsewhere.example\"></iframe>\n\nmore",
            "![alt](https://elsewhere.example/pixel.png)",
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1)) [b](data:text/html,x) [c](//elsewhere.example) [d](/\\elsewhere.example)",
            "<a href=\"javascript:alert(1)\">x</a>",
            "# x {onclick=alert(1)}",
        ] {
            let html = render(hostile);
            let tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
            for tag in tags {
                assert!(["p", "/p", "h3", "/h3", "br /"].contains(&tag), "{hostile} became {html}");
            }
        }
        assert_eq!(render("![what one sees](https://elsewhere.example/a.png)"), "<p>what one sees</p>\n");
        assert!(
            render("[more](https://wiki.example/a) [mail](mailto:lea@example.org) [here](/p/x/samples)")
                .matches("<a href")
                .count()
                == 3
        );
    }
}
