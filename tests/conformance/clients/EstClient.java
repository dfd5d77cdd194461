// SPDX-License-Identifier: Apache-2.0
// An EST client of Bouncy Castle's library, as its users write one; a single-file program.
//   java EstClient.java OPERATION HOST:PORT LABEL|- TRUST.pem USER PASSWORD-FILE [NAME OUT.pem OUT.key [OLD.pem OLD.key]]
// OPERATION: cacerts, csrattrs, enroll, enroll-pop, reenroll.
import java.io.FileInputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.est.CSRRequestResponse;
import org.bouncycastle.est.ESTAuth;
import org.bouncycastle.est.ESTService;
import org.bouncycastle.est.EnrollmentResponse;
import org.bouncycastle.est.jcajce.ChannelBindingProvider;
import org.bouncycastle.est.jcajce.JcaHttpAuthBuilder;
import org.bouncycastle.est.jcajce.JsseDefaultHostnameAuthorizer;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jsse.BCSSLSocket;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

public class EstClient {
    static X509TrustManager trust(String file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (FileInputStream in = new FileInputStream(file)) {
            int count = 0;
            for (Certificate anchor : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("anchor" + count++, anchor);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX", "BCJSSE");
        factory.init(store);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    static KeyManagerFactory identity(String certificate, String key) throws Exception {
        PrivateKeyInfo info;
        try (PEMParser parser = new PEMParser(new FileReader(key))) {
            Object parsed = parser.readObject();
            info = parsed instanceof PrivateKeyInfo ? (PrivateKeyInfo) parsed
                : ((org.bouncycastle.openssl.PEMKeyPair) parsed).getPrivateKeyInfo();
        }
        X509Certificate own;
        try (FileInputStream in = new FileInputStream(certificate)) {
            own = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", new JcaPEMKeyConverter().getPrivateKey(info), new char[0], new Certificate[] {own});
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX", "BCJSSE");
        factory.init(store, new char[0]);
        return factory;
    }

    /** RFC 5929's tls-unique of a connection. */
    static class TlsUnique implements ChannelBindingProvider {
        public boolean canAccessChannelBinding(Socket socket) {
            return socket instanceof BCSSLSocket;
        }

        public byte[] getChannelBinding(Socket socket, String binding) {
            return ((BCSSLSocket) socket).getConnection().getChannelBinding(binding);
        }
    }

    /** A renewal is for the very name of the old certificate, its kinds of strings included: CAs choose others. */
    static X500Name subject(String operation, String[] args) throws Exception {
        if (!operation.equals("reenroll")) return new X500Name("CN=" + args[6]);
        try (PEMParser parser = new PEMParser(new FileReader(args[9]))) {
            return ((X509CertificateHolder) parser.readObject()).getSubject();
        }
    }

    static void write(String file, Object content) throws Exception {
        try (JcaPEMWriter out = new JcaPEMWriter(new FileWriter(file))) {
            out.writeObject(content);
        }
    }

    public static void main(String[] args) throws Exception {
        Security.insertProviderAt(new BouncyCastleProvider(), 1);
        Security.insertProviderAt(new BouncyCastleJsseProvider(), 2);
        String operation = args[0];
        JsseESTServiceBuilder builder = new JsseESTServiceBuilder(args[1], trust(args[3]));
        builder.withHostNameAuthorizer(new JsseDefaultHostnameAuthorizer(new HashSet<String>()));
        builder.withProvider(new BouncyCastleJsseProvider()).withTLSVersion("TLSv1.2").withTimeout(20_000);
        if (!args[2].equals("-")) builder.withLabel(args[2]);
        if (operation.equals("enroll-pop")) builder.withChannelBindingProvider(new TlsUnique());
        if (operation.equals("reenroll")) builder.withKeyManagers(identity(args[9], args[10]).getKeyManagers());
        ESTService service = builder.build();
        if (operation.equals("cacerts")) {
            for (X509CertificateHolder ca : ESTService.storeToArray(service.getCACerts().getCertificateStore())) {
                System.out.println(ca.getSubject());
            }
            return;
        }
        if (operation.equals("csrattrs")) {
            CSRRequestResponse answer = service.getCSRAttributes();
            for (ASN1ObjectIdentifier oid : answer.getAttributesResponse().getRequirements()) System.out.println(oid);
            return;
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", "BC");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        PKCS10CertificationRequestBuilder request =
            new JcaPKCS10CertificationRequestBuilder(subject(operation, args), pair.getPublic());
        ContentSigner signer = new JcaContentSignerBuilder("SHA256withRSA").build(pair.getPrivate());
        // Another certificate for the same names is authenticated by the old one, not by a password.
        ESTAuth auth = operation.equals("reenroll") ? null
            : new JcaHttpAuthBuilder(args[4], Files.readString(Path.of(args[5])).trim().toCharArray()).setProvider("BC").build();
        EnrollmentResponse answer = operation.equals("enroll-pop")
            ? service.simpleEnrollPoP(false, request, signer, auth)
            : service.simpleEnroll(operation.equals("reenroll"), request.build(signer), auth);
        if (!answer.isCompleted()) throw new IllegalStateException("not issued yet");
        write(args[8], pair.getPrivate());
        write(args[7], ESTService.storeToArray(answer.getStore())[0]);
    }
}
