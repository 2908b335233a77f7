/** The words of the page's language that scripts say (templates/phone_words.html). */
export function words() {
  return JSON.parse(document.getElementById("phone-words").textContent);
}

/** The form of a counted message (a template's `forms`) that fits `n`, with the count in it. */
export function counted(forms, n) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(n);
  return (forms[form] ?? forms.other).replace("{n}", n);
}
