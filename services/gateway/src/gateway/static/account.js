// The pages at /account/…, to which mailed links lead. Opening one changes nothing: mail scanners open links, too. The token is
// in the fragment, which no browser sends, and goes to the server with the press of the button.
import { $, send, showTrouble } from "/try/page.js";

function token() {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

async function use(event) {
  event.preventDefault();
  showTrouble($("trouble"), null);
  $("send").disabled = true;
  const body = { token: token() };
  if ($("password")) body.password = $("password").value;
  try {
    await send($("form").dataset.path, { method: "POST", body });
    history.replaceState(null, "", location.pathname); // the token is used up
    $("form").hidden = true;
    $("done").hidden = false;
    $("done").focus();
  } catch (error) {
    showTrouble($("trouble"), error);
    $("send").disabled = false;
  }
}

$("form").addEventListener("submit", use);
