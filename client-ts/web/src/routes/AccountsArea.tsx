import { ForgotPassword } from '../features/accounts/ForgotPassword'
import { Invitation } from '../features/accounts/Invitation'
import {
  FORGOT_PASSWORD_PATH,
  INVITATION_PATH,
  RESET_PASSWORD_PATH,
  SHARE_LINK_PATH,
  SIGN_UP_PATH,
  SIGNED_IN_PATH,
  VERIFY_EMAIL_PATH,
} from '../features/accounts/paths'
import { ResetPassword } from '../features/accounts/ResetPassword'
import { ShareLink } from '../features/accounts/ShareLink'
import { SignedIn } from '../features/accounts/SignedIn'
import { SignIn } from '../features/accounts/SignIn'
import { SignUp } from '../features/accounts/SignUp'
import { VerifyEmail } from '../features/accounts/VerifyEmail'
import { pagePath } from '../features/pages/paths'

/** What people see who are not in yet. */
export function AccountsArea({ path }: { path: string }) {
  switch (path) {
    case SIGN_UP_PATH:
      return <SignUp />
    case SIGNED_IN_PATH:
      return <SignedIn />
    case INVITATION_PATH:
      return <Invitation />
    case SHARE_LINK_PATH:
      return <ShareLink pathOf={pagePath} />
    case FORGOT_PASSWORD_PATH:
      return <ForgotPassword />
    case RESET_PASSWORD_PATH:
      return <ResetPassword />
    case VERIFY_EMAIL_PATH:
      return <VerifyEmail />
    default:
      return <SignIn />
  }
}
