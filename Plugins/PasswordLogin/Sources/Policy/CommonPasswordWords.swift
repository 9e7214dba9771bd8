/// The worst passwords, for systems without a dictionary: lower case, parted by white space.
///
/// With decorations, repetitions and runs (see ``CommonPasswords``) a short list goes a long way.
enum CommonPasswordWords {
    static let all = text.split(whereSeparator: \.isWhitespace).map(String.init)

    private static let text = """
        password passwort passw0rd p4ssword p4ssw0rd p@ssword p@ssw0rd pa55word pa$$word motdepasse contrasena passe
        123123 123321 1234567890 0987654321 1234512345 112233 121212 131313 147258369 159753 666666 696969 7777777
        12345678910 123456789a 123456a a123456 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 qazwsx qazwsxedc zaq12wsx
        qwe123 qweasd qweasdzxc qwert qwerty qwerty123456 qwertyuiop qwertz qwertzuiop azerty azertyuiop asdf asdfgh
        asdfghjkl zxcvbn zxcvbnm 1234qwer abc123 abcd1234 aa123456 password123456 password1234567890
        admin administrator root toor user guest test tester testing demo default changeme change letmein welcome login
        secret access master manager system server backup service support oracle postgres mysql gatehouse
        iloveyou loveme lovely sunshine princess angel babygirl baby sweetheart flower butterfly rainbow starlight
        dragon monkey tiger shadow superman batman spiderman pokemon naruto starwars matrix trustno1 killer hunter
        football baseball basketball soccer hockey liverpool chelsea arsenal barcelona juventus yankees cowboys
        michael jennifer jessica jordan ashley charlie daniel andrew thomas robert george maggie bailey buster
        computer internet google facebook samsung windows whatever freedom forever hello summer winter spring autumn
        monday friday january december mustang ferrari corvette harley phoenix thunder silver diamond orange banana
        correcthorsebatterystaple opensesame nothing blink182 fuckyou asshole cheese cookie pepper ginger chocolate
        """
}
