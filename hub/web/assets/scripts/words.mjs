/** The words of the page's language that scripts say (templates/phone_words.html). */
export function words() {
  return JSON.parse(document.getElementById("phone-words").textContent);
}
