// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.SpiVersion;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads one plugin, child first: its own jars come before everything but {@code java.*} and the
 * SPI. Beyond them it sees the JDK, and nothing of the node. Lives as long as the node: no
 * unloading.
 */
final class PluginClassLoader extends URLClassLoader {
  private static final String SPI_PREFIX = "dev.holdfast.spi.";
  private static final ClassLoader JDK = ClassLoader.getPlatformClassLoader();
  private static final ClassLoader NODE = SpiVersion.class.getClassLoader();

  static {
    // Else a plugin with threads of its own and the node can wait for each other's loader lock.
    if (!registerAsParallelCapable()) {
      throw new IllegalStateException("PluginClassLoader is not parallel capable");
    }
  }

  private PluginClassLoader(String name, URL[] jars) {
    super(name, jars, JDK);
    // Opens all jars now. Opened as classes are needed, they could come from a version of the
    // plugin that was installed over this one while the node runs.
    findResource("META-INF/open-all-jars");
  }

  static PluginClassLoader of(PluginFolder plugin) {
    List<URL> urls = new ArrayList<>();
    try {
      for (var jar : plugin.jars()) {
        urls.add(jar.toUri().toURL());
      }
    } catch (MalformedURLException e) {
      throw new IllegalStateException("A path of a file is a URL", e);
    }
    return new PluginClassLoader(plugin.descriptor().idAndVersion(), urls.toArray(new URL[0]));
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> type = findLoadedClass(name);
      if (type == null) {
        type = find(name);
      }
      if (resolve) {
        resolveClass(type);
      }
      return type;
    }
  }

  private Class<?> find(String name) throws ClassNotFoundException {
    if (name.startsWith(SPI_PREFIX)) {
      return NODE.loadClass(name);
    }
    if (name.startsWith("java.")) {
      return JDK.loadClass(name);
    }
    try {
      return findClass(name);
    } catch (ClassNotFoundException notOurs) {
      return JDK.loadClass(name);
    }
  }

  @Override
  public @Nullable URL getResource(String name) {
    URL own = findResource(name);
    return own != null ? own : JDK.getResource(name);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    List<URL> resources = new ArrayList<>(Collections.list(findResources(name)));
    resources.addAll(Collections.list(JDK.getResources(name)));
    return Collections.enumeration(resources);
  }
}
