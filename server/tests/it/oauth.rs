//! Signing in elsewhere, against a provider that lies.

use actors::clock::{Clock, SystemClock};
use protocol::accounts::ExternalIdentity;
use reqwest::{Client as Browser, redirect::Policy};
use server::{
    adapters::oauth::{Callback, Client, FetchError, IdTokenError, OAuthError, Provider, ReturnTo},
    config::SecretText,
    tls,
};
use url::Url;

use crate::identity_provider::{CLIENT_ID, CLIENT_SECRET, GITHUB_ID, IdentityProvider, Lie, SUBJECT};

fn client(secret: &str) -> Client {
    Client {
        id: CLIENT_ID.to_owned(),
        secret: SecretText::from(secret.to_owned()),
        redirect_uri: Url::parse("https://gala.example.org/api/v1/auth/oauth/oidc/callback").unwrap(),
    }
}

fn oidc(elsewhere: &IdentityProvider) -> Provider {
    Provider::oidc("oidc", &elsewhere.url, client(CLIENT_SECRET)).unwrap()
}

fn github(elsewhere: &IdentityProvider) -> Provider {
    Provider::github("github", &elsewhere.url, client(CLIENT_SECRET)).unwrap()
}

/// Goes to a provider as a browser does, and brings back what it says.
async fn visit(url: Url) -> Callback {
    tls::use_ring();
    let browser = Browser::builder().redirect(Policy::none()).build().unwrap();
    let answer = browser.get(url).send().await.unwrap();
    let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let said = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    Callback { state: said("state"), code: said("code"), error: said("error") }
}

async fn sign_in(provider: &Provider) -> Result<ExternalIdentity, OAuthError> {
    let (url, flow) = provider.start(ReturnTo::default(), SystemClock.now()).await?;
    provider.finish(flow, visit(url).await, SystemClock.now()).await
}

/// Signs in at an issuer that tells this lie.
async fn sign_in_despite(lie: Lie) -> Result<ExternalIdentity, OAuthError> {
    let elsewhere = IdentityProvider::start();
    elsewhere.lie(lie);
    sign_in(&oidc(&elsewhere)).await
}

#[track_caller]
fn assert_untrusted(answer: Result<ExternalIdentity, OAuthError>, why: IdTokenError) {
    assert!(matches!(&answer, Err(OAuthError::Untrusted(error)) if *error == why), "{why}: {answer:?}");
}

#[tokio::test]
async fn an_issuer_tells_who_somebody_is() {
    let elsewhere = IdentityProvider::start();

    let ada = sign_in(&oidc(&elsewhere)).await.unwrap();

    let expected = ExternalIdentity {
        provider: elsewhere.url.clone(),
        subject: SUBJECT.to_owned(),
        email: Some("ada@example.org".parse().unwrap()),
        email_verified: true,
        name: Some("Ada".to_owned()),
    };
    assert_eq!(ada, expected);
}

#[tokio::test]
async fn an_issuer_may_sign_with_es256() {
    let elsewhere = IdentityProvider::start();
    elsewhere.sign_with_es256();

    assert_eq!(sign_in(&oidc(&elsewhere)).await.unwrap().subject, SUBJECT);
}

#[tokio::test]
async fn a_new_key_of_the_issuer_is_asked_for() {
    let elsewhere = IdentityProvider::start();
    let provider = oidc(&elsewhere);
    sign_in(&provider).await.unwrap();

    elsewhere.rotate_keys();

    assert_eq!(sign_in(&provider).await.unwrap().subject, SUBJECT);
}

#[tokio::test]
async fn an_address_that_is_not_in_the_token_is_asked_for() {
    let elsewhere = IdentityProvider::start();
    elsewhere.tell_email_elsewhere();
    elsewhere.set_email("Ada@Example.com");

    let ada = sign_in(&oidc(&elsewhere)).await.unwrap();

    assert_eq!((ada.email.unwrap().as_str(), ada.email_verified), ("ada@example.com", true));
    elsewhere.lie(Lie::OtherPerson);
    assert_untrusted(sign_in(&oidc(&elsewhere)).await, IdTokenError::Subject);
}

#[tokio::test]
async fn an_address_nobody_has_verified_is_told_as_such() {
    let ada = sign_in_despite(Lie::UnverifiedEmail).await.unwrap();

    assert_eq!((ada.email.unwrap().as_str(), ada.email_verified), ("ada@example.org", false));
}

#[tokio::test]
async fn an_id_token_that_is_not_for_this_sign_in_is_not_believed() {
    for (lie, why) in [
        (Lie::Nonce, IdTokenError::Nonce),
        (Lie::Audience, IdTokenError::Audience),
        (Lie::SeveralAudiences, IdTokenError::Audience),
        (Lie::AuthorizedParty, IdTokenError::Audience),
        (Lie::Issuer, IdTokenError::Issuer),
        (Lie::Expired, IdTokenError::Time),
        (Lie::NotYet, IdTokenError::Time),
        (Lie::NoIdToken, IdTokenError::Missing),
    ] {
        assert_untrusted(sign_in_despite(lie).await, why);
    }
}

#[tokio::test]
async fn an_id_token_the_issuer_has_not_signed_is_not_believed() {
    for (lie, why) in [
        (Lie::UnknownKey, IdTokenError::UnknownKey),
        (Lie::OtherKey, IdTokenError::Invalid),
        (Lie::Unsigned, IdTokenError::Invalid),
        (Lie::Confused, IdTokenError::Invalid),
    ] {
        assert_untrusted(sign_in_despite(lie).await, why);
    }
}

#[tokio::test]
async fn a_state_of_another_sign_in_ends_it() {
    let elsewhere = IdentityProvider::start();
    let provider = oidc(&elsewhere);
    let (url, flow) = provider.start(ReturnTo::default(), SystemClock.now()).await.unwrap();
    let (_, other) = provider.start(ReturnTo::default(), SystemClock.now()).await.unwrap();
    let callback = visit(url).await;

    let tampered = Callback { state: Some("A".repeat(43)), ..callback.clone() };
    let missing = Callback { state: None, ..callback.clone() };

    for (flow, callback) in [(flow, tampered), (other, callback)] {
        let answer = provider.finish(flow, callback, SystemClock.now()).await;
        assert!(matches!(answer, Err(OAuthError::NotStarted)), "{answer:?}");
    }
    let (_, flow) = provider.start(ReturnTo::default(), SystemClock.now()).await.unwrap();
    assert!(matches!(provider.finish(flow, missing, SystemClock.now()).await, Err(OAuthError::NotStarted)));
}

#[tokio::test]
async fn a_sign_in_at_one_provider_does_not_end_at_another() {
    let elsewhere = IdentityProvider::start();
    let (url, flow) = oidc(&elsewhere).start(ReturnTo::default(), SystemClock.now()).await.unwrap();

    let answer = github(&elsewhere).finish(flow, visit(url).await, SystemClock.now()).await;

    assert!(matches!(answer, Err(OAuthError::NotStarted)), "{answer:?}");
}

#[tokio::test]
async fn a_stolen_code_is_worth_nothing_without_its_verifier() {
    let elsewhere = IdentityProvider::start();
    let provider = oidc(&elsewhere);
    let (url, _) = provider.start(ReturnTo::default(), SystemClock.now()).await.unwrap();
    let (own_url, own_flow) = provider.start(ReturnTo::default(), SystemClock.now()).await.unwrap();

    let stolen = Callback { code: visit(url).await.code, ..visit(own_url).await };

    let answer = provider.finish(own_flow, stolen, SystemClock.now()).await;
    assert!(matches!(&answer, Err(OAuthError::Refused(code)) if code == "invalid_grant"), "{answer:?}");
}

#[tokio::test]
async fn who_does_not_want_to_is_not_signed_in() {
    assert!(matches!(sign_in_despite(Lie::Denial).await, Err(OAuthError::Cancelled)));
    assert!(matches!(sign_in_despite(Lie::Refusal).await, Err(OAuthError::Refused(_))));
}

#[tokio::test]
async fn an_issuer_that_does_not_behave_is_not_available() {
    let fetched = async |lie| match sign_in_despite(lie).await {
        Err(OAuthError::Unavailable(error)) => error,
        answer => panic!("{lie:?}: {answer:?}"),
    };

    assert!(matches!(fetched(Lie::OtherDescription).await, FetchError::OtherIssuer(_)));
    assert!(matches!(fetched(Lie::Redirect).await, FetchError::Status(307)));
    assert!(matches!(fetched(Lie::Endless).await, FetchError::TooLong));
    let gone = Provider::oidc("oidc", "http://127.0.0.1:1", client(CLIENT_SECRET)).unwrap();
    assert!(matches!(sign_in(&gone).await, Err(OAuthError::Unavailable(FetchError::Failed(_)))));
}

#[tokio::test]
async fn a_wrong_client_secret_is_refused() {
    let elsewhere = IdentityProvider::start();
    let provider = Provider::oidc("oidc", &elsewhere.url, client("wrong")).unwrap();

    let answer = sign_in(&provider).await;

    assert!(matches!(&answer, Err(OAuthError::Refused(code)) if code == "invalid_client"), "{answer:?}");
}

#[tokio::test]
async fn github_tells_a_number_and_the_primary_verified_address() {
    let elsewhere = IdentityProvider::start();

    let ada = sign_in(&github(&elsewhere)).await.unwrap();

    let expected = ExternalIdentity {
        provider: elsewhere.url.clone(),
        subject: GITHUB_ID.to_string(),
        email: Some("ada@example.org".parse().unwrap()),
        email_verified: true,
        name: Some("ada".to_owned()),
    };
    assert_eq!(ada, expected);
}

#[tokio::test]
async fn an_unverified_address_at_github_is_no_address() {
    let elsewhere = IdentityProvider::start();
    elsewhere.lie(Lie::UnverifiedEmail);

    let ada = sign_in(&github(&elsewhere)).await.unwrap();

    assert_eq!((ada.email, ada.email_verified), (None, false));
    elsewhere.lie(Lie::Refusal);
    assert!(matches!(sign_in(&github(&elsewhere)).await, Err(OAuthError::Refused(_))));
}

#[test]
fn a_provider_where_others_read_along_is_none() {
    for url in ["http://accounts.example.org", "accounts.example.org", "ftp://127.0.0.1", "file:///etc"] {
        assert!(Provider::oidc("oidc", url, client("")).is_err(), "{url}");
        assert!(Provider::github("github", url, client("")).is_err(), "{url}");
    }
}
