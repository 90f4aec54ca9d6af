// A device that holds passkeys, as Chromium's developer tools make one (WebAuthn Level 3 §11).

/** What unlocks a device: somebody is there, and it is them. */
const OPTIONS = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};

export class Device {
  /** The device of this visit's page. */
  static async of(visit) {
    const device = new Device();
    device.tools = await visit.context.newCDPSession(visit.page);
    await device.tools.send('WebAuthn.enable');
    const { authenticatorId } = await device.tools.send('WebAuthn.addVirtualAuthenticator', { options: OPTIONS });
    device.id = { authenticatorId };
    return device;
  }

  /** Its passkeys, with their keys. */
  async credentials() {
    const { credentials } = await this.tools.send('WebAuthn.getCredentials', this.id);
    return credentials;
  }

  /** Puts a passkey on it that another device had. */
  async copy(credential) {
    await this.tools.send('WebAuthn.addCredential', { ...this.id, credential });
  }

  /** Whoever touches it is its person, or is not. */
  async verifies(isUserVerified) {
    await this.tools.send('WebAuthn.setUserVerified', { ...this.id, isUserVerified });
  }

  /** Whether somebody answers at once when it asks. */
  async answers(enabled) {
    await this.tools.send('WebAuthn.setAutomaticPresenceSimulation', { ...this.id, enabled });
  }

  /** It is lost, with all that is on it. */
  async lose() {
    await this.tools.send('WebAuthn.removeVirtualAuthenticator', this.id);
  }
}
