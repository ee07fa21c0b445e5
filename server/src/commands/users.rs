//! `gala user`: accounts, without a browser.

use std::{
    error::Error,
    io::{self, Write},
};

use protocol::accounts::Password;

use super::{Installation, read_secret, require_database};
use crate::{
    config::{UserArgs, UserCommand},
    services::{
        operator::Operator,
        passwords::{Passwords, WRONG_ANSWER_AFTER},
    },
    startup::links,
};

pub(super) async fn run(command: UserCommand) -> Result<(), Box<dyn Error>> {
    match command {
        UserCommand::Create { user, name } => create(&user, &name).await,
        UserCommand::ResetPassword(user) => reset_password(&user).await,
    }
}

async fn create(user: &UserArgs, name: &str) -> Result<(), Box<dyn Error>> {
    let operator = operator(user).await?;
    let password = password(user)?;
    operator.create_user(&user.email, name, password.as_ref()).await?;
    writeln!(io::stdout(), "{} has an account", user.email)?;
    if password.is_none() { print_link(&operator, user).await } else { Ok(()) }
}

async fn reset_password(user: &UserArgs) -> Result<(), Box<dyn Error>> {
    require_database(&user.installation.database)?;
    let operator = operator(user).await?;
    let Some(password) = password(user)? else { return print_link(&operator, user).await };
    operator.set_password(&user.email, &password).await?;
    Ok(writeln!(io::stdout(), "{} has the new password, and is signed out everywhere", user.email)?)
}

async fn print_link(operator: &Operator, user: &UserArgs) -> Result<(), Box<dyn Error>> {
    let link = operator.reset_link(&user.email).await?;
    Ok(writeln!(io::stdout(), "a password can be chosen within the hour at\n{link}")?)
}

fn password(user: &UserArgs) -> Result<Option<Password>, Box<dyn Error>> {
    user.password_stdin.then(|| read_secret().map(Password::from)).transpose()
}

async fn operator(user: &UserArgs) -> Result<Operator, Box<dyn Error>> {
    let Installation { clock, store, vault, .. } = Installation::open(&user.installation).await?;
    let links = links(&vault, user.public_url.clone()).await?;
    Ok(Operator { store, clock, passwords: Passwords::new(WRONG_ANSWER_AFTER), links })
}
