// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.support.OptionReader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.apache.zookeeper.ClientCnxnSocketNetty;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ClientX509Util;
import org.apache.zookeeper.common.X509Exception.SSLContextException;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the servers' {@code secureClientPort}. The stores are JKS, PKCS12 or PEM, by the ending of
 * their name; ZooKeeper's client reads them.
 *
 * @param isOn ({@code tls}: false)
 * @param keyStore (none) this node's key and certificate: the servers ask for them by default
 * @param keyStorePasswordFile (none)
 * @param trustStore (the JDK's) whom to believe that it is a server
 * @param trustStorePasswordFile (none)
 * @param verifiesHostname ({@code hostnameVerification}: true) whether a server's certificate must
 *     name the host of {@code connect}
 */
record ZkTls(
    boolean isOn,
    String keyStore,
    String keyStorePasswordFile,
    String trustStore,
    String trustStorePasswordFile,
    boolean verifiesHostname) {
  private static final Pattern BOOLEAN = Pattern.compile("true|false");
  private static final Pattern TEXT = Pattern.compile(".*");

  static ZkTls parse(OptionReader reader) {
    ZkTls tls =
        new ZkTls(
            reader.text("tls", "false", BOOLEAN, "true or false").equals("true"),
            file("keyStore", reader),
            file("keyStorePasswordFile", reader),
            file("trustStore", reader),
            file("trustStorePasswordFile", reader),
            reader.text("hostnameVerification", "true", BOOLEAN, "true or false").equals("true"));
    boolean named = !tls.keyStore.isEmpty() || !tls.trustStore.isEmpty();
    reader.check(tls.isOn || !named, "keyStore and trustStore go with tls: true only");
    return tls;
  }

  private static String file(String key, OptionReader reader) {
    String name = reader.text(key, "", TEXT, "a file");
    try {
      reader.check(
          name.isEmpty() || Files.isReadable(Path.of(name)), key + " " + name + " cannot be read");
    } catch (InvalidPathException e) {
      reader.check(false, key + " " + name + " is no file: " + e.getReason());
    }
    return name;
  }

  void configure(ZKClientConfig config) {
    config.setProperty(ZKClientConfig.SECURE_CLIENT, "" + isOn);
    if (!isOn) {
      return;
    }
    config.setProperty(
        ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, ClientCnxnSocketNetty.class.getName());
    // Also where they are empty: else a system property of the JVM would count.
    try (ClientX509Util names = new ClientX509Util()) {
      config.setProperty(names.getSslKeystoreLocationProperty(), keyStore);
      config.setProperty(names.getSslKeystorePasswdPathProperty(), keyStorePasswordFile);
      config.setProperty(names.getSslTruststoreLocationProperty(), trustStore);
      config.setProperty(names.getSslTruststorePasswdPathProperty(), trustStorePasswordFile);
      config.setProperty(names.getSslHostnameVerificationEnabledProperty(), "" + verifiesHostname);
    }
  }

  /**
   * For connections beside the client's; null without TLS.
   *
   * @throws IllegalArgumentException a store cannot be used
   */
  @Nullable SSLContext context() {
    if (!isOn) {
      return null;
    }
    ZKClientConfig config = new ZKClientConfig();
    configure(config);
    try (ClientX509Util tls = new ClientX509Util()) {
      return tls.createSSLContext(config);
    } catch (SSLContextException e) {
      throw new IllegalArgumentException(
          "zookeeper: keyStore or trustStore cannot be used: " + rootCause(e), e);
    }
  }

  private static String rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString();
  }
}
