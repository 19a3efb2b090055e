{#
    What is left of a name on card slips when its spelling is taken away: capitals, Cyrillic in Latin letters, one space
    for whatever is neither letter nor digit, no legal form, no number. КОФЕ ХАУЗ №12, "Kofe Hauz" and ООО КОФЕ-ХАУЗ
    are one. Null where nothing is left.
#}
{% macro brand_key(name) -%}
    {%- set bare = replace_all(spelling_key(name), ' (' ~ folded(legal_forms()) | join('|') ~ ')(?= )', '') -%}
    {%- set bare = replace_all(bare, ' N?[0-9]+(?= )', '') -%}
    nullif(trim({{ bare }}), '')
{%- endmacro %}


{# A brand key of such words alone says what is sold, not by whom: АПТЕКА 12 and APTEKA 36 need not be one owner's. #}
{% macro is_generic(key) -%}
    trim({{ replace_all("' ' || " ~ key ~ " || ' '", ' (' ~ folded(generic_shop_words()) | join('|') ~ ')(?= )', '') }}) = ''
{%- endmacro %}


{# Letters and digits of a name, one way of writing each, with a space at either end. #}
{% macro spelling_key(name) -%}
    {%- set single = single_letters() -%}
    {%- set folding = namespace(text='translate(upper(' ~ name ~ "), '" ~ single[0] ~ "', '" ~ single[1] ~ "')") -%}
    {%- for written, one_way in other_letters() -%}
        {%- set folding.text = 'replace(' ~ folding.text ~ ", '" ~ written ~ "', '" ~ one_way ~ "')" -%}
    {%- endfor -%}
    ' ' || trim({{ replace_all(folding.text, '[^0-9A-Z]+', ' ') }}) || ' '
{%- endmacro %}


{# The same done to words here, so that the lists below can be read. #}
{% macro folded(words) -%}
    {%- set single = single_letters() -%}
    {%- set found = [] -%}
    {%- for word in words -%}
        {%- set folding = namespace(text=word | upper) -%}
        {%- for letter in single[0] -%}
            {%- set folding.text = folding.text | replace(letter, single[1][loop.index0:loop.index]) -%}
        {%- endfor -%}
        {%- for written, one_way in other_letters() -%}
            {%- set folding.text = folding.text | replace(written, one_way) -%}
        {%- endfor -%}
        {%- do found.append(folding.text) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{# Letter for letter; the last two of the first text have none. #}
{% macro single_letters() -%}
    {{ return(('АБВГДЕЁЗИЙКЛМНОПРСТУФХЦЫЭWYJЪЬ', 'ABVGDEEZIIKLMNOPRSTUFHCIEVII')) }}
{%- endmacro %}


{# What takes several letters, and ways of writing one sound: KHLEB and HLEB, RYABINA and RIABINA. #}
{% macro other_letters() -%}
    {{ return([
        ('Ж', 'ZH'), ('Ч', 'CH'), ('Ш', 'SH'), ('Щ', 'SCH'), ('Ю', 'IU'), ('Я', 'IA'), ('SHCH', 'SCH'), ('KH', 'H'),
        ('TS', 'C'), ('X', 'KS'), ('II', 'I'),
    ]) }}
{%- endmacro %}


{% macro legal_forms() -%}
    {{ return([
        'ООО', 'ОАО', 'ЗАО', 'ПАО', 'АО', 'ИП', 'НКО', 'АНО', 'ГУП', 'МУП', 'ФГУП', 'ТОО', 'ЧП', 'ЧУП',
        'LLC', 'LTD', 'INC', 'PLC', 'CORP', 'GMBH', 'SRL', 'JSC', 'PJSC',
    ]) }}
{%- endmacro %}


{% macro generic_shop_words() -%}
    {{ return([
        'Продукты', 'Магазин', 'Универсам', 'Гастроном', 'Супермаркет', 'Минимаркет', 'Маркет', 'Рынок', 'Киоск',
        'Павильон', 'Лавка', 'Дом', 'Центр', 'Салон', 'Студия', 'Клуб', 'Пекарня', 'Кондитерская', 'Мясо', 'Рыба',
        'Овощи', 'Фрукты', 'И', 'С', 'Напитки', 'Пиво', 'Вино', 'Табак', 'Кафе', 'Ресторан', 'Столовая', 'Бар', 'Кофе',
        'Кофейня', 'Пиццерия', 'Шаурма', 'Суши', 'Буфет', 'Аптека', 'Аптечный', 'Пункт', 'Клиника', 'Стоматология',
        'Медцентр', 'Оптика', 'Парикмахерская', 'Барбершоп', 'Красоты', 'Одежда', 'Обувь', 'Бутик', 'Ателье', 'Мебель',
        'Игрушки', 'Цветы', 'Букет', 'Подарки', 'Сувениры', 'Книги', 'Канцтовары', 'Зоотовары', 'Ветклиника', 'Хозтовары',
        'Стройматериалы', 'Сантехника', 'Электроника', 'Компьютеры', 'АЗС', 'Заправка', 'Автозапчасти', 'Шиномонтаж',
        'Автомойка', 'СТО', 'Такси', 'Гостиница', 'Отель', 'Фитнес', 'Кинотеатр', 'Химчистка', 'Прачечная', 'Ломбард',
        'Shop', 'Store', 'Market', 'Supermarket', 'Cafe', 'Coffee', 'Restaurant', 'Bar', 'Pharmacy', 'Hotel', 'Beauty',
        'Salon', 'Flowers', 'Bakery', 'Pizza', 'Produkty', 'Apteka', 'Magazin', 'Kafe', 'The', 'And',
    ]) }}
{%- endmacro %}
