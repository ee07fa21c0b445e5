//! The content of a page: ProseMirror nodes in the XML fragment `content`, the title in the text `title`.
//!
//! The layout is that of y-prosemirror (`y-tiptap/src/lib.js`): an element per block with its
//! attributes, one XML text per run of text, a formatting attribute per mark. Where two marks of
//! one type may overlap, y-prosemirror names the attribute `type--hash`.

use std::{collections::BTreeMap, iter, sync::Arc};

use bytes::Bytes;
use protocol::{
    content::{MAX_NODE_DEPTH, Mark, Node},
    pages::MAX_TITLE_CHARS,
    wire::WireError,
};
use serde_json::Value;
use yrs::{
    Any, ClientID, Doc, GetString, Number, OffsetKind, Options, Out, ReadTxn, StateVector, Text, Transact,
    TransactionMut, WriteTxn, Xml, XmlElementPrelim, XmlElementRef, XmlFragment, XmlOut, XmlTextPrelim, XmlTextRef,
    types::{Attrs, text::YChange},
};

use super::alignment;
use crate::room::{
    clocks::{Clocks, Fit},
    document::{DamagedError, build},
};

/// The fragment that holds the blocks.
pub(super) const CONTENT: &str = "content";
/// The text that holds the title.
const TITLE: &str = "title";
/// Blocks that may be passed by while a content is written: a few tens of milliseconds.
const MAX_STEPS: usize = 10_000_000;
/// UTF-16 units of a title that is read, at every commit. Clients can make it longer.
const MAX_TITLE_READ: u32 = 4 * MAX_TITLE_CHARS as u32;
/// The Yjs client that writes what a page says at first. It is the same everywhere, so that a
/// content that is sown twice merges into one.
const SOWER: u64 = 1;

/// The first update of a new page: its title and what it says.
pub fn initial_update(title: &str, content: &[Node]) -> Bytes {
    let options = Options { offset_kind: OffsetKind::Utf16, ..Options::with_client_id(ClientID::new(SOWER)) };
    let doc = Doc::with_options(options);
    let mut txn = doc.transact_mut();
    rename(&mut txn, title);
    replace(&mut txn, content);
    txn.commit();
    txn.encode_state_as_update_v1(&StateVector::default()).into()
}

/// Why somebody else's document is not read.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// It is not a well-formed update.
    #[error("the update is malformed: {0}")]
    Malformed(#[from] WireError),
    /// It builds on something that is not in it: read alone it would say less than it means.
    #[error("the update builds on something that is not in it")]
    Incomplete,
    /// It cannot be applied.
    #[error(transparent)]
    Damaged(#[from] DamagedError),
}

/// The blocks in somebody else's whole document.
///
/// # Errors
///
/// [`ForeignError`].
pub fn content_of(update: &Bytes) -> Result<Vec<Node>, ForeignError> {
    if let Fit::Missing(_) = Clocks::default().fit(update)? {
        return Err(ForeignError::Incomplete);
    }
    Ok(blocks(&build(None, iter::once(update))?.doc))
}

/// The title, without what is beyond its limit; `None` when it is so long that it is not even read.
pub(crate) fn title(doc: &Doc) -> Option<String> {
    let txn = doc.try_transact().ok()?;
    let Some(title) = txn.get_text(TITLE) else { return Some(String::new()) };
    let is_short = title.len(&txn) <= MAX_TITLE_READ;
    is_short.then(|| title.get_string(&txn).chars().take(MAX_TITLE_CHARS).collect())
}

/// The blocks, without what is nested deeper than the limit.
pub(crate) fn blocks(doc: &Doc) -> Vec<Node> {
    let Ok(txn) = doc.try_transact() else { return Vec::new() };
    let Some(fragment) = txn.get_xml_fragment(CONTENT) else { return Vec::new() };
    fragment.children(&txn).flat_map(|child| nodes(child, &txn, 1)).collect()
}

/// Makes this the title.
pub(crate) fn rename(txn: &mut TransactionMut<'_>, new: &str) {
    let title = txn.get_or_insert_text(TITLE);
    let old = title.get_string(txn);
    if old == new {
        return;
    }
    title.remove_range(txn, 0, title.len(txn));
    title.insert(txn, 0, new);
}

/// Makes these the blocks. Those that are the same stay as they are, so that carets, marks and authors in
/// them stay, too.
pub(crate) fn replace(txn: &mut TransactionMut<'_>, new: &[Node]) {
    let fragment = txn.get_or_insert_xml_fragment(CONTENT);
    let old: Vec<Vec<Node>> = fragment.children(txn).map(|child| nodes(child, txn, 1)).collect();
    let same = |(old, new): &(&Vec<Node>, &Node)| old.as_slice() == std::slice::from_ref(*new);
    let head = old.iter().zip(new).take_while(same).count();
    // Finding a place takes a step for every block before it. Where that would take too many, the
    // blocks at the beginning are written anew.
    let head = if head.saturating_mul(new.len() - head) > MAX_STEPS { 0 } else { head };
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let gaps = alignment::gaps(&old[head..old.len() - tail], &new[head..new.len() - tail]);
    // From the last to the first, so that places before stay what they are.
    for (gone, come) in gaps.into_iter().rev() {
        let at = (head + gone.start) as u32;
        if !gone.is_empty() {
            fragment.remove_range(txn, at, gone.len() as u32);
        }
        insert(&fragment, txn, at, &new[head + come.start..head + come.end], 1);
    }
}

/// Inserts the children from the last to the first, all at the same place: finding a place takes
/// time in proportion to what stands before it.
fn insert(parent: &impl XmlFragment, txn: &mut TransactionMut<'_>, at: u32, children: &[Node], depth: usize) {
    for group in children.chunk_by(|one, next| one.text.is_some() && next.text.is_some()).rev() {
        if let [Node { text: None, .. }] = group {
            insert_element(parent, txn, at, &group[0], depth);
        } else {
            let text = parent.insert(txn, at, XmlTextPrelim::new(""));
            for run in group.iter().rev() {
                let words = run.text.as_deref().unwrap_or_default();
                text.insert_with_attributes(txn, 0, words, run.marks.iter().map(formatting).collect());
            }
        }
    }
}

fn insert_element(parent: &impl XmlFragment, txn: &mut TransactionMut<'_>, at: u32, node: &Node, depth: usize) {
    let element = parent.insert(txn, at, XmlElementPrelim::empty(node.r#type.as_str()));
    for (name, value) in &node.attrs {
        element.insert_attribute(txn, name.as_str(), to_any(value));
    }
    if depth < MAX_NODE_DEPTH {
        insert(&element, txn, 0, &node.content, depth + 1);
    }
}

fn nodes<T: ReadTxn>(out: XmlOut, txn: &T, depth: usize) -> Vec<Node> {
    if depth > MAX_NODE_DEPTH {
        return Vec::new();
    }
    match out {
        XmlOut::Element(node) => {
            let content = node.children(txn).flat_map(|child| nodes(child, txn, depth + 1)).collect();
            vec![Node { content, ..element(&node, txn) }]
        }
        XmlOut::Text(text) => runs(&text, txn),
        XmlOut::Fragment(fragment) => fragment.children(txn).flat_map(|child| nodes(child, txn, depth + 1)).collect(),
    }
}

/// A block without what stands in it.
pub(super) fn element<T: ReadTxn>(element: &XmlElementRef, txn: &T) -> Node {
    let name = element.try_tag().map(ToString::to_string).unwrap_or_default();
    let attrs = element.attributes(txn).map(|(name, value)| (name.to_owned(), from_out(&value)));
    let attrs = attrs.filter(|(_, value)| !value.is_null()).collect();
    Node { r#type: name, attrs, ..Node::default() }
}

fn runs<T: ReadTxn>(text: &XmlTextRef, txn: &T) -> Vec<Node> {
    let runs = text.diff(txn, YChange::identity).into_iter().filter_map(|run| match run.insert {
        Out::Any(Any::String(text)) if !text.is_empty() => {
            Some(Node::text(text.as_ref(), marks(run.attributes.as_deref())))
        }
        _ => None,
    });
    runs.collect()
}

/// The marks that formatting attributes stand for.
pub(super) fn marks(attrs: Option<&Attrs>) -> Vec<Mark> {
    let marks = attrs.into_iter().flatten();
    let marks: BTreeMap<&str, Mark> =
        marks.filter_map(|(name, value)| Some((name.as_ref(), mark(name, value)?))).collect();
    marks.into_values().collect()
}

fn mark(name: &str, value: &Any) -> Option<Mark> {
    let name = name.split("--").next().unwrap_or(name);
    match value {
        Any::Null | Any::Bool(false) => None,
        Any::Map(attrs) => {
            let attrs = attrs.iter().map(|(name, value)| (name.clone(), from_any(value)));
            Some(Mark { r#type: name.to_owned(), attrs: attrs.filter(|(_, value)| !value.is_null()).collect() })
        }
        _ => Some(Mark { r#type: name.to_owned(), attrs: BTreeMap::new() }),
    }
}

fn formatting(mark: &Mark) -> (Arc<str>, Any) {
    let attrs = mark.attrs.iter().map(|(name, value)| (name.clone(), to_any(value))).collect();
    (Arc::from(mark.r#type.as_str()), Any::Map(Arc::new(attrs)))
}

fn from_out(value: &Out) -> Value {
    match value {
        Out::Any(any) => from_any(any),
        _ => Value::Null,
    }
}

/// Bytes have no JSON form and are left out. Depth is bounded by the check every update passes.
fn from_any(any: &Any) -> Value {
    match any {
        Any::Null | Any::Undefined | Any::Buffer(_) => Value::Null,
        Any::Bool(bool) => (*bool).into(),
        Any::Number(Number::Int(number)) => (*number).into(),
        Any::Number(Number::Float(number)) => (*number).into(),
        Any::String(text) => text.as_ref().into(),
        Any::Array(items) => items.iter().map(from_any).collect(),
        Any::Map(entries) => entries.iter().map(|(name, value)| (name.clone(), from_any(value))).collect(),
    }
}

fn to_any(value: &Value) -> Any {
    match value {
        Value::Null => Any::Null,
        Value::Bool(bool) => Any::Bool(*bool),
        Value::Number(number) => {
            let float = || Number::Float(number.as_f64().unwrap_or_default());
            Any::Number(number.as_i64().map_or_else(float, Number::Int))
        }
        Value::String(text) => Any::String(Arc::from(text.as_str())),
        Value::Array(items) => Any::Array(items.iter().map(to_any).collect()),
        Value::Object(entries) => {
            Any::Map(Arc::new(entries.iter().map(|(name, value)| (name.clone(), to_any(value))).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use yrs::branch::Branch;

    use super::*;

    fn paragraph(text: &str) -> Node {
        Node::block("paragraph", vec![Node::text(text, vec![])])
    }

    fn bold(text: &str) -> Node {
        Node::text(text, vec![Mark { r#type: "bold".to_owned(), attrs: BTreeMap::new() }])
    }

    fn page(title: &str, content: &[Node]) -> Doc {
        build(None, iter::once(&initial_update(title, content))).unwrap().doc
    }

    #[test]
    fn a_page_reads_back_as_it_was_written() {
        let link = Mark { r#type: "link".to_owned(), attrs: [("href".to_owned(), "https://a.b".into())].into() };
        let content = [
            Node::block("heading", vec![Node::text("Title 😀", vec![])]).with_attr("level", 2),
            Node::block("paragraph", vec![Node::text("plain ", vec![]), bold("bold"), Node::text("link", vec![link])]),
            Node::block("bulletList", vec![Node::block("listItem", vec![paragraph("one")])]),
            Node::block("horizontalRule", vec![]),
        ];

        let doc = page("A page", &content);

        assert_eq!(title(&doc).as_deref(), Some("A page"));
        assert_eq!(blocks(&doc), content);
    }

    #[test]
    fn replacing_touches_only_the_blocks_that_differ() {
        let doc = page("", &[paragraph("a"), paragraph("b"), paragraph("c")]);
        let before = doc.transact().state_vector();

        let update = {
            let mut txn = doc.transact_mut();
            replace(&mut txn, &[paragraph("a"), paragraph("B"), paragraph("c")]);
            txn.encode_update_v1()
        };

        assert_eq!(blocks(&doc), [paragraph("a"), paragraph("B"), paragraph("c")]);
        assert!(update.len() < 60, "{} bytes", update.len());
        assert_ne!(doc.transact().state_vector(), before);
    }

    #[test]
    fn blocks_between_those_that_differ_stay() {
        let doc = page("", &[paragraph("a"), paragraph("b"), paragraph("c"), paragraph("d"), paragraph("e")]);
        let content = doc.get_or_insert_xml_fragment(CONTENT);
        let id = |at| {
            let block = content.get(&doc.transact(), at).unwrap().into_xml_element().unwrap();
            let branch: &Branch = block.as_ref();
            branch.id()
        };
        let before = id(2);
        let new = [paragraph("A"), paragraph("x"), paragraph("c"), paragraph("e"), paragraph("f")];

        replace(&mut doc.transact_mut(), &new);

        assert_eq!(blocks(&doc), new);
        assert_eq!(id(2), before);
    }

    #[test]
    fn sowing_twice_is_sowing_once() {
        let (once, twice) = (initial_update("t", &[paragraph("a")]), initial_update("t", &[paragraph("a")]));

        let doc = build(None, [once, twice].iter()).unwrap().doc;

        assert_eq!(blocks(&doc), [paragraph("a")]);
    }

    #[test]
    fn what_is_nested_too_deep_is_left_out() {
        let doc = Doc::new();
        {
            let mut txn = doc.transact_mut();
            let mut parent = txn.get_or_insert_xml_fragment(CONTENT).push_back(&mut txn, XmlElementPrelim::empty("p"));
            for _ in 0..50_000 {
                parent = parent.push_back(&mut txn, XmlElementPrelim::empty("p"));
            }
        }

        let mut depth = 0;
        let mut level = blocks(&doc);
        while let Some(node) = level.pop() {
            depth += 1;
            level = node.content;
        }

        assert_eq!(depth, MAX_NODE_DEPTH);
    }
}
