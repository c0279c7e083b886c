// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import org.slf4j.LoggerFactory;

/** The log: lines on stderr, since stdout belongs to the answers of commands. */
public final class Logging {
  private static final String LINE =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{24} - %msg%n";

  private Logging() {}

  /**
   * Replaces whatever was configured before.
   *
   * @param level error, warn, info, debug or trace: of Holdfast; libraries tell warnings only
   * @param format {@code text} or {@code json}
   * @param node that speaks; in JSON each line names it, since logs of many nodes end up in one
   *     place
   */
  public static void configure(String level, String format, String node) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    context.reset();
    // Netty inside Ratis logs through the JDK; only what is wrong there matters here.
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.WARNING);
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder(context, format, node));
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    // A stack trace for each attempt to connect; the coordinator says in one line what it means.
    context.getLogger("org.apache.zookeeper.ClientCnxn").setLevel(Level.ERROR);
    context.getLogger("org.apache.curator").setLevel(Level.ERROR);
    context.getLogger("dev.holdfast").setLevel(Level.toLevel(level, Level.INFO));
    context.getLogger("plugin").setLevel(Level.toLevel(level, Level.INFO));
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, String format, String node) {
    if (format.equals("json")) {
      JsonLines json = new JsonLines(node);
      json.setContext(context);
      json.start();
      return json;
    }
    PatternLayoutEncoder text = new PatternLayoutEncoder();
    text.setContext(context);
    text.setPattern(LINE);
    text.start();
    return text;
  }
}
