//! SQL is written once, as Postgres reads it. Here is how SQLite is told the same.

use std::borrow::Cow;

/// Ends a SELECT whose rows stay locked until the transaction ends. SQLite needs no such words:
/// its one writer has the whole database.
const ROW_LOCKS: [&str; 2] = ["FOR NO KEY UPDATE", "FOR UPDATE"];

/// How a column is declared. STRICT tables hold a value to its column's type; without them the
/// text `12345678` in a UUID column would silently become a number.
const TYPES: [(&str, &str); 4] =
    [("UUID", "BLOB"), ("BYTEA", "BLOB"), ("BIGINT", "INTEGER"), ("TIMESTAMPTZ", "INTEGER")];

/// What SQLite has other words for: the clock of the database, and a length of time, which is a
/// number of microseconds as a point in time is. Statements have them outside of texts only.
const PHRASES: [(&str, &str); 2] =
    [("clock_timestamp()", "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"), ("INTERVAL '1 microsecond'", "1")];

/// A statement for SQLite: `$1` becomes `?1`, locks of rows and comments are left out.
pub(super) fn statement(sql: &str) -> String {
    let mut out: String = pieces(sql)
        .map(|piece| match piece {
            Piece::Parameter(number) => Cow::Owned(format!("?{number}")),
            Piece::Comment => Cow::Borrowed(" "),
            Piece::Word(text) | Piece::Quoted(text) | Piece::Other(text) => Cow::Borrowed(text),
        })
        .collect();
    if let Some(unlocked) = ROW_LOCKS.iter().find_map(|locks| out.trim_end().strip_suffix(locks)) {
        out.truncate(unlocked.len());
    }
    for (postgres, sqlite) in PHRASES {
        if out.contains(postgres) {
            out = out.replace(postgres, sqlite);
        }
    }
    out
}

/// A migration for SQLite: its own column types, and every table STRICT.
pub(super) fn ddl(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut first_words = Vec::new();
    for piece in pieces(sql) {
        match piece {
            Piece::Word(word) => {
                first_words.push(word);
                let known = TYPES.iter().find(|(postgres, _)| *postgres == word);
                out.push_str(known.map_or(word, |(_, sqlite)| sqlite));
            }
            Piece::Other(";") => {
                if first_words.starts_with(&["CREATE", "TABLE"]) {
                    out.push_str(" STRICT");
                }
                first_words.clear();
                out.push(';');
            }
            Piece::Comment => out.push(' '),
            Piece::Parameter(text) | Piece::Quoted(text) | Piece::Other(text) => out.push_str(text),
        }
    }
    out
}

/// A piece of SQL; together they are all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// Letters, digits and underscores.
    Word(&'a str),
    /// The number of a parameter, without its `$`.
    Parameter(&'a str),
    /// A text or a name with its quotes.
    Quoted(&'a str),
    /// `-- …` up to the end of its line.
    Comment,
    /// One character of anything else.
    Other(&'a str),
}

fn pieces(sql: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (len, piece): (usize, fn(&str) -> Piece<'_>) = match first {
            '\'' | '"' => (quoted_len(rest, first), |text| Piece::Quoted(text)),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), |_| Piece::Comment),
            '$' if word_len(&rest[1..]) > 0 => (1 + word_len(&rest[1..]), |text| Piece::Parameter(&text[1..])),
            _ if word_len(rest) > 0 => (word_len(rest), |text| Piece::Word(text)),
            _ => (first.len_utf8(), |text| Piece::Other(text)),
        };
        let (text, after) = rest.split_at(len);
        rest = after;
        Some(piece(text))
    })
}

/// Up to and including the closing quote; a doubled quote is two texts side by side, which come
/// out the same.
fn quoted_len(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |inside| inside + 2)
}

fn word_len(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parameters_are_said_in_sqlites_way_but_not_inside_texts() {
        assert_eq!(
            statement("SELECT '$1', \"$2\" WHERE a = $12 AND b=$3"),
            "SELECT '$1', \"$2\" WHERE a = ?12 AND b=?3"
        );
    }

    #[test]
    fn locks_of_rows_are_left_out() {
        assert_eq!(statement("SELECT id FROM room ORDER BY id FOR NO KEY UPDATE"), "SELECT id FROM room ORDER BY id ");
        assert_eq!(statement("SELECT id FROM room FOR UPDATE"), "SELECT id FROM room ");
    }

    #[test]
    fn the_clock_of_the_database_is_sqlites_own() {
        assert_eq!(
            statement("SELECT clock_timestamp() + CAST($1 AS BIGINT) * INTERVAL '1 microsecond'"),
            "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) + CAST(?1 AS BIGINT) * 1"
        );
    }

    #[test]
    fn tables_are_strict_and_columns_have_sqlites_types() {
        let postgres = "CREATE TABLE room (id UUID PRIMARY KEY, at TIMESTAMPTZ NOT NULL); -- a UUID; really\n\
                        CREATE INDEX room_at ON room (at) WHERE name <> 'UUID;';";

        assert_eq!(
            ddl(postgres),
            "CREATE TABLE room (id BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT;  \n\
             CREATE INDEX room_at ON room (at) WHERE name <> 'UUID;';"
        );
    }

    proptest! {
        #[test]
        fn sql_without_parameters_and_comments_stays_as_it_is(sql in "[a-z'\" ,;()=é]*") {
            prop_assert_eq!(statement(&sql), sql);
        }
    }
}
