//! Two points of a page in one document: what was inserted, what was deleted, and by whom.
//!
//! Both documents have the same history, so that what is in both has the same Yjs ids and stands in the
//! same order. Their trees and texts are therefore merged by ids, and nothing is guessed from the words.

use std::{collections::HashSet, hash::Hash};

use protocol::{
    content::{Mark, Node},
    history::{ChangeKind, ContentChange},
};
use serde_json::Value;
use yrs::{
    ID, ReadTxn, Snapshot, Text, TransactionMut, XmlFragment, XmlOut, XmlTextRef,
    branch::{Branch, BranchID},
    types::text::YChange,
};

use super::{
    page::{self, CONTENT},
    words::Words,
};
use crate::room::attribution::{Attribution, Spans, Stamp};

/// The name of the mark and of the attribute that say what was changed.
const CHANGE: &str = "change";

/// One of the two documents, with a transaction that may cut its blocks.
pub(crate) struct Side<'a, 'doc> {
    pub(crate) txn: &'a mut TransactionMut<'doc>,
    /// Every id it has. What is deleted has no content left.
    everything: Snapshot,
}

impl<'a, 'doc> Side<'a, 'doc> {
    pub(crate) fn new(txn: &'a mut TransactionMut<'doc>) -> Self {
        let everything = Snapshot::new(txn.state_vector(), yrs::IdSet::default());
        Self { txn, everything }
    }

    fn blocks(&self) -> Vec<XmlOut> {
        let content = self.txn.get_xml_fragment(CONTENT);
        content.map(|content| content.children(self.txn).collect()).unwrap_or_default()
    }

    fn children(&self, parent: &impl XmlFragment) -> Vec<XmlOut> {
        parent.children(self.txn).collect()
    }

    /// The words of a text in the order in which they stand, each with its ids.
    fn words(&mut self, text: &XmlTextRef) -> Vec<Words> {
        // Since nothing, everything was added: so every piece tells its id.
        let runs = text.diff_range(self.txn, Some(&self.everything), Some(&Snapshot::default()), YChange::identity);
        runs.into_iter().filter_map(|run| Words::of(&run)).collect()
    }
}

/// Where one of two lists, merged, has come from.
enum Merged<T> {
    Before(T),
    Both(T, T),
    After(T),
}

/// Merges two documents.
pub(crate) struct Difference<'a, 'doc> {
    pub(crate) before: Side<'a, 'doc>,
    pub(crate) after: Side<'a, 'doc>,
    pub(crate) attribution: &'a Attribution,
}

impl Difference<'_, '_> {
    /// The blocks of both documents.
    pub(crate) fn blocks(&mut self) -> Vec<Node> {
        let (before, after) = (self.before.blocks(), self.after.blocks());
        self.merged(before, after)
    }

    fn merged(&mut self, before: Vec<XmlOut>, after: Vec<XmlOut>) -> Vec<Node> {
        let mut nodes = Vec::new();
        for child in merge(before, after, id) {
            match child {
                Merged::Before(child) => nodes.extend(self.deleted(child)),
                Merged::Both(before, after) => nodes.extend(self.in_both(before, after)),
                Merged::After(child) => nodes.extend(self.inserted(child)),
            }
        }
        nodes
    }

    fn in_both(&mut self, before: XmlOut, after: XmlOut) -> Vec<Node> {
        match (before, after) {
            (XmlOut::Element(before), XmlOut::Element(after)) => {
                let (old, new) = (self.before.children(&before), self.after.children(&after));
                let mut node = page::element(&after, self.after.txn);
                node.content = self.merged(old, new);
                vec![node]
            }
            (XmlOut::Text(before), XmlOut::Text(after)) => {
                let (before, after) = (self.before.words(&before), self.after.words(&after));
                self.texts(&before, &after)
            }
            (XmlOut::Fragment(before), XmlOut::Fragment(after)) => {
                let (before, after) = (self.before.children(&before), self.after.children(&after));
                self.merged(before, after)
            }
            // An id is of one kind for ever.
            _ => Vec::new(),
        }
    }

    fn inserted(&mut self, child: XmlOut) -> Vec<Node> {
        match child {
            XmlOut::Element(element) => {
                let stamp = stamp_of(&self.attribution.inserted, element.as_ref());
                let children = self.after.children(&element);
                let mut node = page::element(&element, self.after.txn);
                node.attrs.insert(CHANGE.to_owned(), change(ChangeKind::Inserted, stamp));
                node.content = self.merged(Vec::new(), children);
                vec![node]
            }
            XmlOut::Text(text) => {
                let words = self.after.words(&text);
                self.texts(&[], &words)
            }
            XmlOut::Fragment(fragment) => {
                let children = self.after.children(&fragment);
                self.merged(Vec::new(), children)
            }
        }
    }

    fn deleted(&mut self, child: XmlOut) -> Vec<Node> {
        match child {
            XmlOut::Element(element) => {
                let stamp = stamp_of(&self.attribution.deleted, element.as_ref());
                let children = self.before.children(&element);
                let mut node = page::element(&element, self.before.txn);
                node.attrs.insert(CHANGE.to_owned(), change(ChangeKind::Deleted, stamp));
                node.content = self.merged(children, Vec::new());
                vec![node]
            }
            XmlOut::Text(text) => {
                let words = self.before.words(&text);
                self.texts(&words, &[])
            }
            XmlOut::Fragment(fragment) => {
                let children = self.before.children(&fragment);
                self.merged(children, Vec::new())
            }
        }
    }

    /// The words of both texts as one.
    fn texts(&self, before: &[Words], after: &[Words]) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut push = |words: &Words, change: Option<Value>| {
            let mut marks = words.marks.clone();
            marks.extend(change.map(|change| {
                let Value::Object(attrs) = change else { return Mark::default() };
                Mark { r#type: CHANGE.to_owned(), attrs: attrs.into_iter().collect() }
            }));
            match nodes.last_mut() {
                Some(Node { text: Some(text), marks: last, .. }) if *last == marks => text.push_str(&words.text()),
                _ => nodes.push(Node::text(words.text(), marks)),
            }
        };
        let (before, after) = (Words::cut(before, after), Words::cut(after, before));
        for words in merge(before, after, |words| (words.client, words.clock)) {
            let (words, kind, spans) = match words {
                Merged::Both(_, after) => {
                    push(&after, None);
                    continue;
                }
                Merged::Before(words) => (words, ChangeKind::Deleted, &self.attribution.deleted),
                Merged::After(words) => (words, ChangeKind::Inserted, &self.attribution.inserted),
            };
            let mut rest = words;
            for (length, stamp) in spans.of(rest.client, rest.clock, rest.length()) {
                let (piece, behind) = rest.split(length);
                push(&piece, Some(change(kind, stamp)));
                rest = behind;
            }
        }
        nodes
    }
}

/// Merges two lists in which what is in both stands in the same order: what is only in the first comes
/// before what is only in the second.
fn merge<T, K: Eq + Hash>(before: Vec<T>, after: Vec<T>, key: impl Fn(&T) -> K) -> Vec<Merged<T>> {
    let known: HashSet<K> = before.iter().map(&key).collect();
    let kept: HashSet<K> = after.iter().map(&key).filter(|key| known.contains(key)).collect();
    let mut merged = Vec::with_capacity(before.len().max(after.len()));
    let mut before = before.into_iter().peekable();
    for item in after {
        while let Some(gone) = before.next_if(|old| !kept.contains(&key(old))) {
            merged.push(Merged::Before(gone));
        }
        match before.next_if(|old| key(old) == key(&item)) {
            Some(old) => merged.push(Merged::Both(old, item)),
            None => merged.push(Merged::After(item)),
        }
    }
    merged.extend(before.filter(|old| !kept.contains(&key(old))).map(Merged::Before));
    merged
}

fn id(child: &XmlOut) -> BranchID {
    let branch: &Branch = child.as_ref();
    branch.id()
}

fn stamp_of(spans: &Spans, branch: &Branch) -> Option<Stamp> {
    match branch.id() {
        BranchID::Nested(ID { client, clock }) => {
            spans.of(client.get(), clock, 1).first().and_then(|(_, stamp)| *stamp)
        }
        BranchID::Root(_) => None,
    }
}

/// What the mark or the attribute holds.
fn change(kind: ChangeKind, stamp: Option<Stamp>) -> Value {
    let change = ContentChange { kind, author: stamp.map(|stamp| stamp.author), at: stamp.map(|stamp| stamp.at) };
    serde_json::to_value(change).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use protocol::{ids::PrincipalId, time::Timestamp};
    use serde_json::json;
    use yrs::{Doc, Transact, WriteTxn, XmlElementPrelim, XmlElementRef, XmlTextPrelim};

    use super::*;
    use crate::room::{Replay, document::new_doc};

    /// A page whose edits are kept with who made them.
    struct Page {
        doc: Doc,
        updates: Vec<Bytes>,
        attribution: Attribution,
    }

    impl Page {
        fn new() -> Self {
            Self { doc: new_doc(), updates: Vec::new(), attribution: Attribution::default() }
        }

        fn edit(&mut self, author: PrincipalId, edit: impl FnOnce(&mut TransactionMut<'_>)) -> &mut Self {
            let update = {
                let mut txn = self.doc.transact_mut();
                edit(&mut txn);
                Bytes::from(txn.encode_update_v1())
            };
            let seq = self.updates.len() as u64 + 1;
            let at = Timestamp::from_seconds(seq.cast_signed());
            self.attribution.record(&update, Stamp { author, seq, at }).unwrap();
            self.updates.push(update);
            self
        }

        fn at(&self, seq: usize) -> Replay {
            let mut replay = Replay::begin(None).unwrap();
            replay.extend(&self.updates[..seq]).unwrap();
            replay
        }

        /// The difference, written so that it can be read: `a+b+-c-` for a kept, b inserted, c deleted.
        fn difference(&self, from: usize, to: usize) -> String {
            let nodes = self.at(from).difference(&self.at(to), &self.attribution).unwrap();
            written(&nodes)
        }
    }

    fn sign(change: Option<&Value>) -> &'static str {
        match change.and_then(|kind| kind.as_str()) {
            Some("inserted") => "+",
            Some("deleted") => "-",
            _ => "",
        }
    }

    fn written(nodes: &[Node]) -> String {
        let node = |node: &Node| match &node.text {
            Some(text) => {
                let mark = node.marks.iter().find(|mark| mark.r#type == CHANGE);
                let sign = sign(mark.and_then(|mark| mark.attrs.get("kind")));
                format!("{sign}{text}{sign}")
            }
            None => {
                let sign = sign(node.attrs.get(CHANGE).and_then(|change| change.get("kind")));
                format!("{sign}[{}]", written(&node.content))
            }
        };
        nodes.iter().map(node).collect()
    }

    fn push(txn: &mut TransactionMut<'_>, at: u32, text: &str) {
        let content = txn.get_or_insert_xml_fragment(CONTENT);
        let block = content.insert(txn, at, XmlElementPrelim::empty("paragraph"));
        block.insert(txn, 0, XmlTextPrelim::new(text));
    }

    fn block(txn: &mut TransactionMut<'_>, at: u32) -> XmlElementRef {
        let content = txn.get_or_insert_xml_fragment(CONTENT);
        content.get(txn, at).and_then(XmlOut::into_xml_element).unwrap()
    }

    fn text(txn: &mut TransactionMut<'_>, at: u32) -> XmlTextRef {
        block(txn, at).get(txn, 0).and_then(XmlOut::into_xml_text).unwrap()
    }

    #[test]
    fn words_are_compared_by_their_ids() {
        let ada = PrincipalId::new();
        let mut page = Page::new();
        page.edit(ada, |txn| push(txn, 0, "the quick 😀 fox"))
            .edit(ada, |txn| text(txn, 0).remove_range(txn, 4, 5))
            .edit(ada, |txn| text(txn, 0).insert(txn, 4, "slow"))
            .edit(ada, |txn| text(txn, 0).insert(txn, 0, "the "));

        assert_eq!(page.difference(1, 4), "[+the +the -quick-+slow+ 😀 fox]");
        assert_eq!(page.difference(2, 2), "[the  😀 fox]");
        assert_eq!(page.difference(0, 4), "+[+the the slow 😀 fox+]");
        assert_eq!(page.difference(1, 2), "[the -quick- 😀 fox]");
    }

    #[test]
    fn blocks_that_came_and_went_say_so_and_hold_what_they_held() {
        let ada = PrincipalId::new();
        let mut page = Page::new();
        page.edit(ada, |txn| push(txn, 0, "one"))
            .edit(ada, |txn| push(txn, 1, "two"))
            .edit(ada, |txn| push(txn, 2, "three"))
            .edit(ada, |txn| txn.get_or_insert_xml_fragment(CONTENT).remove_range(txn, 1, 1))
            .edit(ada, |txn| push(txn, 1, "new"))
            .edit(ada, |txn| push(txn, 2, "gone before anybody looked"))
            .edit(ada, |txn| txn.get_or_insert_xml_fragment(CONTENT).remove_range(txn, 2, 1));

        assert_eq!(page.difference(3, 7), "[one]-[-two-]+[+new+][three]");
        assert_eq!(page.difference(7, 7), "[one][new][three]");
    }

    #[test]
    fn everything_says_who_changed_it_and_when() {
        let (ada, eve) = (PrincipalId::new(), PrincipalId::new());
        let mut page = Page::new();
        page.edit(ada, |txn| push(txn, 0, "ab"))
            .edit(eve, |txn| text(txn, 0).insert(txn, 1, "X"))
            .edit(eve, |txn| text(txn, 0).remove_range(txn, 0, 1));

        let nodes = page.at(1).difference(&page.at(3), &page.attribution).unwrap();

        let change = |kind: &str, seconds: i64| json!({ "type": "change", "attrs": { "kind": kind, "author": eve, "at": Timestamp::from_seconds(seconds) } });
        assert_eq!(
            serde_json::to_value(&nodes[0].content).unwrap(),
            json!([
                { "type": "text", "text": "a", "marks": [change("deleted", 3)] },
                { "type": "text", "text": "X", "marks": [change("inserted", 2)] },
                { "type": "text", "text": "b" },
            ])
        );
        let whole = page.at(0).difference(&page.at(3), &page.attribution).unwrap();
        assert_eq!(
            whole[0].attrs[CHANGE],
            json!({ "kind": "inserted", "author": ada, "at": Timestamp::from_seconds(1) })
        );
        assert_eq!(whole[0].content.len(), 2, "X is of somebody else than b");
    }
}
