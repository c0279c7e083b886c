// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.Consumer;

/**
 * Notices that nobody reads the output of this process any more. A write would tell, but a command
 * that waits for news has nothing to write, and the JDK cannot ask without writing: so this asks
 * the system, with {@code poll}.
 */
public final class StandardOutput {
  private static final int DESCRIPTOR = 1;

  /** {@code POLLERR}, {@code POLLHUP}: of a pipe without a reader, of a socket or terminal cut. */
  private static final int GONE = 0x08 | 0x10;

  /** Where a system forgets to wake a waiter it is found out after this time. */
  private static final int LOOK_MILLIS = 500;

  /** {@code struct pollfd}: the descriptor, the events that are asked for, those that are there. */
  private static final int POLLFD_BYTES = 8;

  private static final int EVENTS_AT = 6;

  private StandardOutput() {}

  /**
   * Calls back once, on a thread of its own, as soon as the reader has gone. Without the right to
   * call the system, which the launcher gives to commands that wait, the next write tells.
   */
  public static void onReaderGone(Consumer<OutputLostException> action) {
    if (!StandardOutput.class.getModule().isNativeAccessEnabled()) {
      return;
    }
    Thread.ofPlatform()
        .daemon()
        .name("output-reader")
        .start(() -> {
          awaitGone();
          action.accept(new OutputLostException(new IOException("Broken pipe")));
        });
  }

  @SuppressWarnings("restricted") // Checked before.
  private static void awaitGone() {
    Linker linker = Linker.nativeLinker();
    MethodHandle poll =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("poll"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment asked = arena.allocate(POLLFD_BYTES, Integer.BYTES);
      asked.set(ValueLayout.JAVA_INT, 0, DESCRIPTOR);
      int events = 0;
      while ((events & GONE) == 0) {
        // Interrupted by a signal it returns early, which is asked again.
        var _ = (int) poll.invokeExact(asked, 1L, LOOK_MILLIS);
        events = asked.get(ValueLayout.JAVA_SHORT, EVENTS_AT);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("poll throws nothing", e);
    }
  }
}
