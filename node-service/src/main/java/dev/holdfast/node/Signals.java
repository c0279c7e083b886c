// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals of the operating system. A JVM that is ended by one exits with 128 and its number, which
 * looks like a failure to whoever started it; only {@code sun.misc.Signal} can change that. Looked
 * up by name, since the compiler warns of that class and a JVM need not have it.
 */
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Runs an action, on a thread of its own, each time the signal comes, instead of what the JVM
   * would do. Where that is not possible, the JVM goes on doing it.
   *
   * @param name without SIG
   */
  @SuppressWarnings("ReferenceEquality") // A handler is equal to itself alone.
  static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object calls =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.run();
                      yield null;
                    }
                    case "hashCode" -> name.hashCode();
                    case "equals" -> proxy == arguments[0];
                    default -> "handler of SIG" + name;
                  });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), calls);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      Throwable cause =
          e instanceof InvocationTargetException wrapped ? wrapped.getTargetException() : e;
      LOG.debug("SIG{} is left to the JVM: {}", name, cause.toString());
    }
  }
}
