// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

/** Which head of an object a reader wants, when there are several. */
public enum ReadMode {
  /** The confirmed head; a provisional one where nothing is confirmed. The default. */
  PREFERRED("preferred"),

  /** The confirmed head, read linearizably; nothing else. */
  CONFIRMED_ONLY("confirmed_only"),

  /** The latest head, provisional ones too. */
  PROVISIONAL_ALLOWED("provisional_allowed");

  private final String label;

  ReadMode(String label) {
    this.label = label;
  }

  /** Its name in requests. */
  public String label() {
    return label;
  }
}
