/** A request that can't be answered as it wishes, and why. */
export class Refused extends Error {
  /** @param status of HTTP */
  constructor(status, name, message) {
    super(message);
    this.status = status;
    this.name = name;
  }
}
