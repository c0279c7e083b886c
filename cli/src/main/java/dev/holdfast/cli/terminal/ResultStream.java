// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Where results go. A write that fails ends the command: a {@link java.io.PrintStream} around this
 * one would keep an {@link IOException} to itself, and the command would report success.
 */
public final class ResultStream extends OutputStream {
  private final OutputStream out;

  public ResultStream(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int value) {
    try {
      out.write(value);
    } catch (IOException e) {
      throw new OutputLostException(e);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw new OutputLostException(e);
    }
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new OutputLostException(e);
    }
  }
}
