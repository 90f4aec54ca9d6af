// How a person gets from the first window of the desktop to a chat.
import { OWNER } from './gateway.mjs';
import { button, field, KEYS } from './webdriver.mjs';

/** Types the address of a gateway into an application that has none yet, and waits for this answer. */
export async function finds({ window }, address, answer) {
  await window.click("//button[contains(., 'Connect to an existing gateway')]");
  await window.type(field('Address of the gateway'), address);
  await window.shows(answer);
}

/** Signs the owner in by a password, at a gateway that was found. */
export async function signsInByPassword({ window }) {
  await window.click("//summary[contains(., 'Other ways')]");
  await window.type(field('User name'), OWNER.username);
  await window.type(field('Password'), OWNER.password + KEYS.enter);
}

/** Finds a gateway of the owner's, and signs in there. */
export async function signsIn(desktop, gateway) {
  await finds(desktop, gateway.origin, /sign-in needed/);
  await signsInByPassword(desktop);
  await desktop.window.find(field('Message'));
  await desktop.window.shows(/Live/);
}

/** Goes to one of the application's own pages. */
export async function goes({ window }, name) {
  await window.run("document.querySelector('.switcher button').click()");
  await window.find(button(name));
  await window.run("[...document.querySelectorAll('.switcher button')].find((one) => one.textContent.trim() === arguments[0]).click()", name);
}
