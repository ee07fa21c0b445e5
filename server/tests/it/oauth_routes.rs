//! Signing in elsewhere through HTTP, as a browser does.

use protocol::accounts::Registration;
use reqwest::{
    Method,
    header::{COOKIE, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};
use server::config::Config;
use url::Url;

use crate::{
    app::{Answer, NewServer, TestApp},
    engines::on_both,
    identity_provider::{CLIENT_ID, CLIENT_SECRET, IdentityProvider, Lie},
    people::each,
    signed_in::{self, PASSWORD, SignedIn},
};

/// The address of whoever signs in at the provider.
const ADA: &str = "ada@example.org";

/// Somebody on their way: they stand before the provider.
struct Away {
    /// Where the server has sent them.
    url: Url,
    /// What their browser keeps meanwhile.
    cookie: String,
}

impl IdentityProvider {
    /// Lets people sign in at both parts of it.
    fn serve(&self, config: &mut Config) {
        let providers = &mut config.providers;
        providers.oidc_issuer = Some(self.url.parse().unwrap());
        providers.github_url = providers.oidc_issuer.clone();
        for id in [&mut providers.oidc_client_id, &mut providers.github_client_id] {
            *id = Some(CLIENT_ID.to_owned());
        }
        for secret in [&mut providers.oidc_client_secret, &mut providers.github_client_secret] {
            *secret = Some(CLIENT_SECRET.to_owned().into());
        }
    }
}

async fn get(url: &str, cookie: &str) -> Answer {
    let browser = signed_in::client().redirect(Policy::none()).build().unwrap();
    Answer::to(browser.get(url).header(COOKIE, cookie)).await
}

/// Goes away to sign in; `rest` is what follows `start`.
async fn leave(server: &str, provider: &str, rest: &str) -> Away {
    let answer = get(&format!("{server}/api/v1/auth/oauth/{provider}/start{rest}"), "").await.expect(302);
    Away { url: answer.header("location").parse().unwrap(), cookie: cookies(&answer) }
}

/// Signs in at the provider; answers with where it sends the browser.
async fn agree(server: &str, away: &Away) -> Url {
    let answer = get(away.url.as_str(), "").await.expect(302);
    let mut back: Url = answer.header("location").parse().unwrap();
    // The server has not known its port when it made the address.
    back.set_port(server.parse::<Url>().unwrap().port()).unwrap();
    back
}

/// Signs in at a provider; answers with what the server says in the end.
async fn sign_in(server: &str, provider: &str) -> Answer {
    let away = leave(server, provider, "").await;
    get(agree(server, &away).await.as_str(), &away.cookie).await.expect(302)
}

/// The cookies an answer sets, as a browser sends them.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let kept = set.filter(|cookie| !cookie.contains("Max-Age=0"));
    kept.map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

/// Everything an answer says of one cookie.
#[track_caller]
fn cookie<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let mut set = answer.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    set.find(|cookie| cookie.split('=').next() == Some(name)).unwrap_or_else(|| panic!("{name}: {:?}", answer.headers))
}

/// Who has signed in with this answer.
async fn me(server: &str, answer: &Answer) -> Value {
    assert_eq!(answer.header("location"), "/");
    get(&format!("{server}/api/v1/me"), &cookies(answer)).await.expect(200).json()
}

/// Fails unless the browser is back at the sign-in page with this reason, and nobody is signed in.
#[track_caller]
fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.header("location"), format!("/sign-in?error={why}"));
    assert_eq!(cookies(answer), "");
    assert!(cookie(answer, "gala_oauth").contains("Max-Age=0"));
}

/// How one can sign in.
async fn options(server: &str) -> Value {
    get(&format!("{server}/api/v1/auth/providers"), "").await.expect(200).json()
}

/// A server with an owner where one can sign in elsewhere.
async fn app(elsewhere: &IdentityProvider, database_url: Option<&str>, registration: Registration) -> TestApp {
    let change = |config: &mut Config| {
        elsewhere.serve(config);
        config.accounts.registration = registration;
    };
    TestApp::with(database_url, change).await
}

/// The same before anybody has come.
async fn new_server(elsewhere: &IdentityProvider) -> NewServer {
    NewServer::with(None, |config| elsewhere.serve(config)).await
}

on_both! {
    async fn whoever_signs_in_elsewhere_gets_an_account_and_is_signed_in(database) {
        let elsewhere = IdentityProvider::start();
        let app = app(&elsewhere, database.url(), Registration::Open).await;

        let answer = sign_in(&app.url, "oidc").await;

        let ada = me(&app.url, &answer).await;
        assert_eq!((&ada["email"], &ada["name"]), (&json!(ADA), &json!("Ada")));
        assert_eq!((&ada["email_verified"], &ada["has_password"]), (&json!(true), &json!(false)));
        let session = cookie(&answer, "gala_session");
        assert!(session.contains("HttpOnly") && session.contains("SameSite=Lax"), "{session}");
        assert!(!cookie(&answer, "gala_csrf").contains("HttpOnly"));
        assert!(cookie(&answer, "gala_oauth").contains("Max-Age=0"));
    }

    async fn the_first_to_come_becomes_owner_of_a_closed_server_and_the_second_stays_out(database) {
        let elsewhere = IdentityProvider::start();
        let server = NewServer::with(database.url(), |config| {
            elsewhere.serve(config);
            config.accounts.registration = Registration::Closed;
        })
        .await;

        let first = sign_in(&server.url, "oidc").await;
        elsewhere.set_email("eve@example.org");
        let second = sign_in(&server.url, "github").await;

        let workspaces = get(&format!("{}/api/v1/workspaces", server.url), &cookies(&first)).await.expect(200);
        assert_eq!(each(&workspaces, "role"), ["owner"]);
        assert_refused(&second, "forbidden");
    }

    async fn a_mail_that_invites_somebody_lets_them_in_where_others_are_refused(database) {
        let elsewhere = IdentityProvider::start();
        let app = app(&elsewhere, database.url(), Registration::Invite).await;
        let invite = async |email: &str| {
            let invitation = json!({ "role": "commenter", "email": email });
            app.post(&app.of_workspace("/invitations"), invitation).await.expect(201);
        };
        app.invitation("editor").await;
        invite("eve@example.org").await;
        assert_refused(&sign_in(&app.url, "oidc").await, "forbidden");

        invite(ADA).await;
        let ada = cookies(&sign_in(&app.url, "oidc").await);

        let workspaces = get(&format!("{}/api/v1/workspaces", app.url), &ada).await.expect(200);
        assert_eq!((each(&workspaces, "id"), each(&workspaces, "role")), (vec![app.workspace.clone()], vec!["commenter".to_owned()]));
        let open = app.get(&app.of_workspace("/invitations")).await.expect(200).json();
        assert!(!open.to_string().contains(ADA), "{open}");
    }

    async fn whoever_has_come_before_is_known_by_what_they_are_called_there(database) {
        let elsewhere = IdentityProvider::start();
        let app = app(&elsewhere, database.url(), Registration::Open).await;
        let first = sign_in(&app.url, "oidc").await;

        elsewhere.set_email("countess@example.org");
        elsewhere.lie(Lie::UnverifiedEmail);
        let second = sign_in(&app.url, "oidc").await;

        assert_ne!(cookies(&first), cookies(&second));
        let ada = me(&app.url, &second).await;
        assert_eq!(ada, me(&app.url, &first).await);
        assert_eq!(ada["email"], ADA);
    }

    async fn two_places_that_have_verified_one_address_lead_to_one_account(database) {
        let elsewhere = IdentityProvider::start();
        let app = app(&elsewhere, database.url(), Registration::Open).await;
        let first = sign_in(&app.url, "oidc").await;

        let second = sign_in(&app.url, "github").await;

        // The account was known to be theirs: nothing of it ends.
        assert_eq!(me(&app.url, &first).await, me(&app.url, &second).await);
    }

    async fn an_account_that_is_known_to_be_theirs_keeps_its_password_and_sign_ins(database) {
        let elsewhere = IdentityProvider::start();
        let app = app(&elsewhere, database.url(), Registration::Open).await;
        let ada = SignedIn::register(&app.url, "Ada").await;
        app.query(database, "UPDATE account SET email_verified_at = created_at").await;

        let elsewhere_too = me(&app.url, &sign_in(&app.url, "oidc").await).await;

        assert_eq!(elsewhere_too, ada.get("/api/v1/me").await.expect(200).json());
        assert_eq!(elsewhere_too["has_password"], true);
        SignedIn::login(&app.url, "Ada").await;
    }

    async fn an_account_nobody_has_verified_goes_to_whoever_reads_its_address(database) {
        let elsewhere = IdentityProvider::start();
        let app = app(&elsewhere, database.url(), Registration::Open).await;
        let squatter = SignedIn::register(&app.url, "Ada").await;
        let key = squatter.post("/api/v1/me/api-keys", json!({ "name": "Robot", "scopes": ["read"] })).await;
        let key = key.expect(201).json()["key"].as_str().unwrap().to_owned();

        let ada = me(&app.url, &sign_in(&app.url, "oidc").await).await;

        assert_eq!(ada["id"], squatter.id);
        assert_eq!((&ada["email_verified"], &ada["has_password"]), (&json!(true), &json!(false)));
        squatter.get("/api/v1/me").await.expect(401);
        app.send(app.anonymously(Method::GET, "/api/v1/me").bearer_auth(key)).await.expect(401);
        let password = json!({ "email": ADA, "password": PASSWORD });
        app.post_anonymously("/api/v1/auth/login", password).await.expect(401);
    }

    async fn an_address_the_place_has_not_verified_leads_to_no_account(database) {
        let elsewhere = IdentityProvider::start();
        let app = app(&elsewhere, database.url(), Registration::Open).await;
        let ada = SignedIn::register(&app.url, "Ada").await;
        elsewhere.lie(Lie::UnverifiedEmail);

        for provider in ["oidc", "github"] {
            assert_refused(&sign_in(&app.url, provider).await, "email_unverified");
        }

        let still = ada.get("/api/v1/me").await.expect(200).json();
        assert_eq!((&still["email_verified"], &still["has_password"]), (&json!(false), &json!(true)));
    }
}

#[tokio::test]
async fn who_leaves_takes_a_challenge_and_keeps_what_only_the_server_reads() {
    let elsewhere = IdentityProvider::start();
    let server = new_server(&elsewhere).await;
    let start = format!("{}/api/v1/auth/oauth/oidc/start", server.url);

    let answer = get(&start, "").await.expect(302);

    let url: Url = answer.header("location").parse().unwrap();
    assert!(url.as_str().starts_with(&format!("{}/authorize?", elsewhere.url)), "{url}");
    let sent =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap();
    assert_eq!((sent("response_type"), sent("client_id")), ("code".to_owned(), CLIENT_ID.to_owned()));
    assert_eq!((sent("code_challenge_method"), sent("scope")), ("S256".to_owned(), "openid email profile".to_owned()));
    assert!(sent("redirect_uri").ends_with("/api/v1/auth/oauth/oidc/callback"));
    let kept = cookie(&answer, "gala_oauth");
    for said in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(kept.contains(said), "{kept}");
    }
    let again: Url = get(&start, "").await.header("location").parse().unwrap();
    for secret in ["state", "nonce", "code_challenge"] {
        assert_eq!(sent(secret).len(), 43, "{secret}");
        assert!(!kept.contains(&sent(secret)), "{secret}");
        assert!(!again.as_str().contains(&sent(secret)), "{secret}");
    }
}

#[tokio::test]
async fn over_tls_no_other_host_can_set_what_the_browser_keeps() {
    let elsewhere = IdentityProvider::start();
    let server = NewServer::with(None, |config| {
        elsewhere.serve(config);
        config.http.public_url = Some("https://gala.example.org".parse().unwrap());
    })
    .await;

    let answer = get(&format!("{}/api/v1/auth/oauth/oidc/start", server.url), "").await.expect(302);

    assert!(cookie(&answer, "__Host-gala_oauth").contains("Secure"));
    let redirect_uri = "redirect_uri=https%3A%2F%2Fgala.example.org%2Fapi%2Fv1%2Fauth%2Foauth%2Foidc%2Fcallback";
    assert!(answer.header("location").contains(redirect_uri), "{}", answer.header("location"));
}

#[tokio::test]
async fn a_sign_in_leads_back_to_where_somebody_wanted_to_be_on_this_server() {
    let elsewhere = IdentityProvider::start();
    let server = new_server(&elsewhere).await;
    let back_to = async |return_to: &str| {
        let away = leave(&server.url, "oidc", &format!("?return_to={return_to}")).await;
        let answer = get(agree(&server.url, &away).await.as_str(), &away.cookie).await.expect(302);
        answer.header("location").to_owned()
    };

    assert_eq!(back_to("/pages/1%3Fa%3Db%26c").await, "/pages/1?a=b&c");
    for other in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "evil", ""] {
        assert_eq!(back_to(other).await, "/", "{other}");
    }
}

#[tokio::test]
async fn a_place_that_lies_signs_nobody_in() {
    let elsewhere = IdentityProvider::start();
    let server = new_server(&elsewhere).await;

    for (lie, why) in [
        (Lie::Nonce, "untrusted"),
        (Lie::Audience, "untrusted"),
        (Lie::Issuer, "untrusted"),
        (Lie::Expired, "untrusted"),
        (Lie::OtherKey, "untrusted"),
        (Lie::Unsigned, "untrusted"),
        (Lie::Refusal, "untrusted"),
        (Lie::UnverifiedEmail, "email_unverified"),
        (Lie::Denial, "access_denied"),
        (Lie::Redirect, "unavailable"),
    ] {
        elsewhere.lie(lie);
        assert_refused(&sign_in(&server.url, "oidc").await, why);
    }

    assert_eq!(options(&server.url).await["is_first_run"], true);
}

#[tokio::test]
async fn only_the_browser_that_has_left_comes_back_and_only_once() {
    let elsewhere = IdentityProvider::start();
    let server = new_server(&elsewhere).await;
    let (away, other) = (leave(&server.url, "oidc", "").await, leave(&server.url, "oidc", "").await);
    let back = agree(&server.url, &away).await;
    let state = away.url.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
    let tampered = back.as_str().replace(&state, &"A".repeat(43));
    let stateless = back.as_str().replace("state=", "_=");
    let at_another = back.as_str().replace("/oidc/", "/github/");
    let forged = format!("gala_oauth={}", "A".repeat(200));

    for (back, cookie) in [
        (tampered.as_str(), away.cookie.as_str()),
        (&stateless, &away.cookie),
        (&at_another, &away.cookie),
        (back.as_str(), &other.cookie),
        (back.as_str(), &forged),
        (back.as_str(), ""),
    ] {
        assert_refused(&get(back, cookie).await.expect(302), "unauthorized");
    }
    assert_eq!(options(&server.url).await["is_first_run"], true);
    me(&server.url, &get(back.as_str(), &away.cookie).await.expect(302)).await;
    assert_refused(&get(back.as_str(), &away.cookie).await.expect(302), "untrusted");
}

#[tokio::test]
async fn a_place_that_does_not_answer_leads_back_to_the_sign_in_page() {
    let elsewhere = IdentityProvider::start();
    let server = NewServer::with(None, |config| {
        elsewhere.serve(config);
        config.providers.oidc_issuer = Some("http://127.0.0.1:1".parse().unwrap());
    })
    .await;

    let answer = get(&format!("{}/api/v1/auth/oauth/oidc/start", server.url), "").await.expect(302);

    assert_eq!(answer.header("location"), "/sign-in?error=unavailable");
    me(&server.url, &sign_in(&server.url, "github").await).await;
}

#[tokio::test]
async fn one_signs_in_only_where_the_settings_say() {
    let elsewhere = IdentityProvider::start();
    let (app, nowhere) = (app(&elsewhere, None, Registration::Open).await, TestApp::new().await);

    let listed = json!([{ "id": "github", "name": "GitHub" }, { "id": "oidc", "name": "Single sign-on" }]);
    assert_eq!(options(&app.url).await["providers"], listed);
    assert_eq!(options(&nowhere.url).await["providers"], json!([]));
    for (app, provider) in [(&app, "google"), (&nowhere, "oidc")] {
        for step in ["start", "callback?state=a&code=b"] {
            let request = app.anonymously(Method::GET, &format!("/api/v1/auth/oauth/{provider}/{step}"));
            assert_eq!(app.send(request).await.expect(404).refusal(), "not_found");
        }
    }
}
