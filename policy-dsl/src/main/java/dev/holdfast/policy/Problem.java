// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import java.util.List;

/**
 * One thing that is wrong with a document.
 *
 * @param line from 1
 * @param column from 1, in characters
 * @param message one sentence without a full stop
 * @param help what to do; empty when the message says it
 */
public record Problem(
    String file, int line, int column, Code code, String message, List<String> help) {
  public Problem {
    help = List.copyOf(help);
  }

  public boolean isError() {
    return code.level() == Code.Level.ERROR;
  }
}
