// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import java.util.List;

/** The configuration is wrong; the message has one line per error, all of them. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<String> errors;

  ConfigException(List<String> errors) {
    super(String.join("\n", errors));
    this.errors = List.copyOf(errors);
  }

  /** Each names the place, e.g. {@code holdfast.yaml:3:9}, the key and what is wrong with it. */
  public List<String> errors() {
    return errors;
  }
}
