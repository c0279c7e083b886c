// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/** Runs code whose exceptions nobody else would see. */
final class Loudly {
  private static final System.Logger LOG = System.getLogger("dev.holdfast.client");

  private Loudly() {}

  /** Whatever is thrown, errors and sneaky checked exceptions too: those who come next go on. */
  @SuppressWarnings("CatchThrowable") // Foreign code runs here, and nobody else would see it.
  static void run(String what, Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      LOG.log(System.Logger.Level.ERROR, what + " failed", e);
    }
  }

  static void failed(String what, Throwable error) {
    LOG.log(System.Logger.Level.ERROR, what + " failed", error);
  }

  static void debug(String message) {
    LOG.log(System.Logger.Level.DEBUG, message);
  }

  static void warn(String message) {
    LOG.log(System.Logger.Level.WARNING, message);
  }
}
