// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import java.io.IOException;

/** Standard output takes no more: the disk is full, or whoever read it has gone. */
public final class OutputLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  OutputLostException(IOException cause) {
    super(String.valueOf(cause.getMessage()), cause);
  }

  /** As in {@code holdfast ls | head -1}: no reason for a message. */
  public boolean readerHasGone() {
    return "Broken pipe".equals(getMessage());
  }

  public ExitCode exitCode() {
    return readerHasGone() ? ExitCode.READER_GONE : ExitCode.OUTPUT_LOST;
  }
}
