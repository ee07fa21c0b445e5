//! Passwords: hashed with Argon2id, verified so that the time it takes says nothing.
//!
//! What a wrong sign-in takes is made equal twice. An account that does not exist, or has no
//! password, costs one Argon2 hash with our parameters, as every account of ours does. Hashes from
//! elsewhere (bcrypt, other parameters) take another time until their owner has signed in once; so
//! every wrong answer waits for the same moment, [`WRONG_ANSWER_AFTER`] the question. Not equal is
//! what takes longer than that: a server on which hashes queue, and bcrypt with a cost above 12.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use protocol::accounts::{EmailAddress, MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, Password};
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use zeroize::Zeroizing;

use super::Outage;

/// Memory of one hash: 19 MiB (OWASP Password Storage Cheat Sheet, Argon2id).
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory (the same source, for 19 MiB).
const PASSES: u32 = 2;
/// Lanes of the memory (the same source).
const LANES: u32 = 1;
/// Memory of a hash from elsewhere at most: 256 MiB, so that a stored text cannot exhaust ours.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// Passes of a hash from elsewhere at most.
const MAX_PASSES: u32 = 16;
/// Cost of a bcrypt hash from elsewhere at most: some five seconds.
const MAX_BCRYPT_COST: u32 = 16;
/// Hashes computed at the same time, each in 19 MiB.
const MAX_HASHES: usize = 4;
/// How long a password waits for its turn at most.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);
/// When a wrong password is answered: later than bcrypt with a cost of 12 takes on one core.
pub const WRONG_ANSWER_AFTER: Duration = Duration::from_millis(400);

/// A hash with our parameters, of no known password: salt and output were drawn at random.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$0AKaWjn6OCkTeSSK4r8aUw$wo8M9QoBpp6wqqvy8SE/2Y1Ih1WCwSWVcr0pkGspgjw";

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It can be guessed.
    #[error("a password has at least {MIN_PASSWORD_CHARS} characters")]
    TooShort,
    /// It takes too long to hash.
    #[error("a password has at most {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// It is the first thing to try.
    #[error("a password is not the e-mail address")]
    IsEmail,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The password is wrong, or there is no such account, or it has none.
    #[error("the address or the password is wrong")]
    Wrong,
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// The password is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whether the stored hash is weaker than those we make, so that it should be replaced now.
    pub needs_rehash: bool,
}

/// Hashes and verifies passwords, few at a time. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    wrong_answer_after: Duration,
}

/// Too many passwords are being hashed.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords are being hashed")]
struct Busy;

/// Why a password cannot be hashed, or a stored hash says nothing.
#[derive(Debug, thiserror::Error)]
enum HashError {
    #[error("argon2 refused the hash")]
    Argon2(#[from] password_hash::Error),
    #[error("bcrypt refused the hash")]
    Bcrypt(#[from] bcrypt::BcryptError),
    #[error("the stored hash is of no known kind")]
    Unknown,
    #[error("the stored hash takes more time or memory than is allowed")]
    TooCostly,
}

impl Passwords {
    /// Answers to wrong passwords come `wrong_answer_after` the question: [`WRONG_ANSWER_AFTER`]
    /// outside of tests.
    pub fn new(wrong_answer_after: Duration) -> Self {
        Self { turns: Arc::new(Semaphore::new(MAX_HASHES)), wrong_answer_after }
    }

    /// The hash to store, in the PHC notation.
    ///
    /// # Errors
    ///
    /// [`Outage`].
    pub async fn hash(&self, password: &Password) -> Result<String, Outage> {
        self.in_turn(password, hash).await
    }

    /// Whether the password belongs to a stored hash. `None` stands for an account that does not exist
    /// or has no password: the answer is always no, and takes as long.
    ///
    /// # Errors
    ///
    /// [`PasswordError`].
    pub async fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Verified, PasswordError> {
        let wrong_answer = sleep(self.wrong_answer_after);
        if let Some(verified) = self.check(password, stored).await? {
            return Ok(verified);
        }
        wrong_answer.await;
        Err(PasswordError::Wrong)
    }

    async fn check(&self, password: &Password, stored: Option<&str>) -> Result<Option<Verified>, Outage> {
        if password.expose().len() > MAX_PASSWORD_BYTES {
            return Ok(None);
        }
        let hash = stored.unwrap_or(NOBODYS_HASH).to_owned();
        let verified = self.in_turn(password, move |password| verify(password, &hash)).await?;
        Ok(verified.filter(|_| stored.is_some()))
    }

    /// Works with a password on a thread that may be kept busy, once there is memory for it.
    async fn in_turn<T: Send + 'static>(
        &self,
        password: &Password,
        work: impl FnOnce(&[u8]) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, Outage> {
        let turn = timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_elapsed| Outage::Unavailable(Busy.into()))?;
        let turn = turn.map_err(|closed| Outage::Internal(closed.into()))?;
        let password = Zeroizing::new(password.expose().as_bytes().to_vec());
        let worked = spawn_blocking(move || {
            // Whoever asked may have gone, but the memory is in use until the work is done.
            let _turn = turn;
            work(&password)
        });
        worked.await?.map_err(|error| Outage::Internal(error.into()))
    }
}

/// Whether an account may have this password.
///
/// # Errors
///
/// [`WeakPassword`].
pub fn check_new(password: &Password, email: &EmailAddress) -> Result<(), WeakPassword> {
    let text = password.expose();
    if text.chars().count() < MIN_PASSWORD_CHARS {
        return Err(WeakPassword::TooShort);
    }
    if text.len() > MAX_PASSWORD_BYTES {
        return Err(WeakPassword::TooLong);
    }
    if text.trim().to_lowercase() == email.as_str() { Err(WeakPassword::IsEmail) } else { Ok(()) }
}

fn hash(password: &[u8]) -> Result<String, HashError> {
    let parameters = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(password_hash::Error::from)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    Ok(argon2.hash_password(password)?.to_string())
}

/// Whether the hash is of this password; `None` when it is not.
fn verify(password: &[u8], hash: &str) -> Result<Option<Verified>, HashError> {
    let is_bcrypt = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| hash.starts_with(prefix));
    if is_bcrypt {
        if hash.parse::<bcrypt::HashParts>()?.get_cost() > MAX_BCRYPT_COST {
            return Err(HashError::TooCostly);
        }
        return Ok(bcrypt::verify(password, hash)?.then_some(Verified { needs_rehash: true }));
    }
    if !hash.starts_with("$argon2") {
        return Err(HashError::Unknown);
    }
    let hash = PasswordHash::new(hash).map_err(password_hash::Error::from)?;
    let parameters = Params::try_from(&hash)?;
    if parameters.m_cost() > MAX_MEMORY_KIB || parameters.t_cost() > MAX_PASSES {
        return Err(HashError::TooCostly);
    }
    match Argon2::default().verify_password(password, &hash) {
        Ok(()) => Ok(Some(Verified { needs_rehash: is_weaker(&hash, &parameters) })),
        Err(password_hash::Error::PasswordInvalid) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether we would hash more thoroughly today.
fn is_weaker(hash: &PasswordHash, parameters: &Params) -> bool {
    hash.algorithm.as_str() != Algorithm::Argon2id.as_str()
        || hash.version != Some(Version::V0x13.into())
        || parameters.m_cost() < MEMORY_KIB
        || parameters.t_cost() < PASSES
        || parameters.output_len() < Some(Params::DEFAULT_OUTPUT_LEN)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// "abc" (jBCrypt's test vectors), "rasmuslerdorf" (PHP's manual), "password" (Argon2's reference).
    const JBCRYPT: &str = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";
    const PHP: &str = "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq";
    const REFERENCE: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    fn password(text: &str) -> Password {
        text.to_owned().into()
    }

    fn needs_rehash(text: &str, hash: &str) -> Option<bool> {
        verify(text.as_bytes(), hash).unwrap().map(|verified| verified.needs_rehash)
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::new(Duration::ZERO);
        let right = password("correct horse battery");

        let (hash, again) = (passwords.hash(&right).await.unwrap(), passwords.hash(&right).await.unwrap());

        assert_ne!(hash, again);
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.verify(&right, Some(&hash)).await.unwrap(), Verified { needs_rehash: false });
        let wrong = passwords.verify(&password("correct horse batterx"), Some(&hash)).await;
        assert!(matches!(wrong, Err(PasswordError::Wrong)));
        assert!(matches!(passwords.verify(&right, None).await, Err(PasswordError::Wrong)));
    }

    #[test]
    fn hashes_of_other_programs_verify_and_weak_ones_are_to_be_replaced() {
        let b = bcrypt::hash_with_result("abc", 4).unwrap().format_for_version(bcrypt::Version::TwoB);
        let weak = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

        assert_eq!(needs_rehash("abc", JBCRYPT), Some(true));
        assert_eq!(needs_rehash("abc", &b), Some(true));
        assert_eq!(needs_rehash("rasmuslerdorf", PHP), Some(true));
        assert_eq!(needs_rehash("password", weak), Some(true));
        assert_eq!(needs_rehash("password", REFERENCE), Some(false));
        for hash in [JBCRYPT, PHP, weak, REFERENCE] {
            assert_eq!(needs_rehash("something else", hash), None, "{hash}");
        }
    }

    #[test]
    fn a_stored_text_that_is_no_hash_or_too_costly_is_an_error_and_not_a_wrong_password() {
        let too_much_time = JBCRYPT.replace("$06$", "$17$");
        let too_many_passes = REFERENCE.replace("t=2", "t=4294967295");
        let too_much_memory = REFERENCE.replace("m=65536", "m=4194304");

        for hash in [&too_much_time, &too_many_passes, &too_much_memory] {
            assert!(matches!(verify(b"abc", hash), Err(HashError::TooCostly)), "{hash}");
        }
        for hash in ["", "plain", "$1$salt$hash", "$2x$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"] {
            assert!(matches!(verify(b"abc", hash), Err(HashError::Unknown)), "{hash}");
        }
        assert!(verify(b"abc", "$2b$06$short").is_err() && verify(b"abc", "$argon2id$").is_err());
    }

    #[test]
    fn nobodys_password_costs_what_ours_do() {
        let hash = PasswordHash::new(NOBODYS_HASH).unwrap();
        let parameters = Params::try_from(&hash).unwrap();

        let costs = (parameters.m_cost(), parameters.t_cost(), parameters.p_cost());
        assert_eq!(costs, (MEMORY_KIB, PASSES, LANES));
        assert!(!is_weaker(&hash, &parameters));
    }

    #[tokio::test(start_paused = true)]
    async fn every_wrong_answer_comes_at_the_same_moment() {
        let passwords = Passwords::new(WRONG_ANSWER_AFTER);
        let long = "x".repeat(MAX_PASSWORD_BYTES + 1);

        for (text, stored) in
            [("wrong", Some(JBCRYPT)), ("wrong", Some(REFERENCE)), ("wrong", None), (&long, Some(REFERENCE))]
        {
            let asked_at = Instant::now();
            assert!(matches!(passwords.verify(&password(text), stored).await, Err(PasswordError::Wrong)));
            // Tokio's timers count in milliseconds.
            assert_eq!(asked_at.elapsed().as_millis(), WRONG_ANSWER_AFTER.as_millis(), "{stored:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_gets_no_turn_is_told_to_try_again() {
        let passwords = Passwords::new(Duration::ZERO);
        let _all = passwords.turns.acquire_many(MAX_HASHES as u32).await.unwrap();

        let answer = passwords.verify(&password("abc"), Some(JBCRYPT)).await;

        assert!(matches!(answer, Err(PasswordError::Outage(Outage::Unavailable(_)))));
    }

    #[test]
    fn a_new_password_is_long_enough_and_not_the_address() {
        let email: EmailAddress = "ada@example.org".parse().unwrap();
        let check = |text: &str| check_new(&password(text), &email);

        assert_eq!(check("123456789"), Err(WeakPassword::TooShort));
        assert_eq!(check("äöüäöüäöüä"), Ok(()));
        assert_eq!(check(&"x".repeat(MAX_PASSWORD_BYTES)), Ok(()));
        assert_eq!(check(&"x".repeat(MAX_PASSWORD_BYTES + 1)), Err(WeakPassword::TooLong));
        assert_eq!(check(" Ada@Example.org"), Err(WeakPassword::IsEmail));
    }
}
